/** The name in a certificate: RFC 5280 sections 4.1.2.6 and 4.2.1.6. */
import type { X509Certificate } from "node:crypto";

export const CERTIFICATE_FIELDS = ["commonname", "uri", "email", "dns"] as const;

export type CertificateField = (typeof CERTIFICATE_FIELDS)[number];

/** Of two names, neither is the one that was meant. */
export function nameIn(certificate: X509Certificate, field: CertificateField): string | undefined {
  const [name, ...others] = namesIn(certificate, field);
  return others.length === 0 && name !== "" ? name : undefined;
}

const LABELS: Readonly<Record<Exclude<CertificateField, "commonname">, string>> = {
  uri: "URI",
  email: "email",
  dns: "DNS",
};

function namesIn(certificate: X509Certificate, field: CertificateField): readonly string[] {
  if (field !== "commonname") {
    const label = LABELS[field];
    const names = parseAlternativeNames(certificate.subjectAltName ?? "");
    return names.filter((name) => name.label === label).map(({ value }) => value);
  }
  // Several make it a list, whatever the types say.
  return [certificate.toLegacyObject().subject?.CN ?? []].flat();
}

/** A value that has a comma in it, or anything else that could mislead, is quoted as JSON has it. */
const ENTRY = /(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^",]*)/y;

function parseAlternativeNames(text: string): readonly { readonly label: string; readonly value: string }[] {
  const names: { readonly label: string; readonly value: string }[] = [];
  ENTRY.lastIndex = 0;
  while (ENTRY.lastIndex < text.length) {
    const [, label, value = ""] = ENTRY.exec(text) ?? [];
    if (label === undefined) return [];
    names.push({ label, value: value.startsWith('"') ? JSON.parse(value) : value });
  }
  return names;
}
