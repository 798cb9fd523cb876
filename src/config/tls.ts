/** `http.tls` in our own names, and how its parts fit together. */
import { toOpenSsl } from "./cipher-suites.ts";
import type { Evaluation } from "./evaluate.ts";
import type { Source } from "./given.ts";
import type { Findings } from "./mistakes.ts";
import type { SettingPath, Values } from "./settings/index.ts";
import { type ClientAuth, tlsSettings } from "./settings/tls.ts";

export interface TlsConfig {
  /** Files, as are all of these. */
  readonly certificate: string;
  readonly key: string;
  readonly clientCas: readonly string[];
  readonly minimumVersion: "TLSv1.2" | "TLSv1.3";
  /** As OpenSSL writes them. `undefined`: Node's choice. */
  readonly ciphers: string | undefined;
  /** `undefined`: clients are not asked for certificates. */
  readonly clientAuth: ClientAuth | undefined;
}

/** `undefined`: the registry speaks plain HTTP. */
export function toTlsConfig(values: Values): TlsConfig | undefined {
  const certificate = values["http.tls.certificate"];
  const key = values["http.tls.key"];
  if (certificate === undefined || key === undefined) return undefined;
  const suites = values["http.tls.ciphersuites"];
  return {
    certificate,
    key,
    clientCas: values["http.tls.clientcas"],
    minimumVersion: values["http.tls.minimumtls"],
    ciphers: suites.length === 0 ? undefined : toOpenSsl(suites),
    clientAuth: clientAuthOf(values),
  };
}

function clientAuthOf(values: Values): ClientAuth | undefined {
  const byDefault = values["http.tls.clientcas"].length > 0 ? "require-and-verify-client-cert" : undefined;
  return values["http.tls.clientauth"] ?? byDefault;
}

/** Whether certificates of clients are looked at, where they show one. */
export const verifiesClients = (values: Values): boolean =>
  values["http.tls.clientcas"].length > 0 && /verify/.test(clientAuthOf(values) ?? "");

/** Whether nobody comes in without a certificate that is good. */
export const requiresVerifiedClients = (values: Values): boolean =>
  values["http.tls.clientcas"].length > 0 && clientAuthOf(values) === "require-and-verify-client-cert";

export function checkTls({ values, written }: Evaluation, { mistakes, remarks }: Findings): void {
  const at = (path: SettingPath): Source => written.get(path)?.source ?? { name: path, place: "not set" };
  const complain = (path: SettingPath, message: string) => mistakes.push({ ...at(path), message });

  const paths = (Object.keys(tlsSettings) as SettingPath[]).filter((path) => written.has(path));
  const lacking = (["http.tls.certificate", "http.tls.key"] as const).filter((path) => values[path] === undefined);
  if (lacking.length > 0) {
    // Whoever asked for a restriction of TLS must not get plain HTTP instead.
    const isDefault = (path: SettingPath) => ["TLSv1.2", ""].includes(String(values[path]));
    for (const path of paths.filter((path) => !isDefault(path)))
      complain(path, `does nothing without ${lacking.join(" and ")}`);
    return;
  }
  if (values["http.net"] === "unix") {
    complain("http.tls.certificate", "is for http.net: tcp; a socket is protected by who may open its file");
  }
  const mode = clientAuthOf(values);
  if (values["http.tls.clientcas"].length === 0 && /verify/.test(mode ?? "")) {
    complain("http.tls.clientauth", "needs http.tls.clientcas: name the files with those who vouch for clients");
  }
  if (values["http.tls.clientcas"].length > 0 && !verifiesClients(values)) {
    const message = "looks at no certificate, so http.tls.clientcas does nothing";
    remarks.push({ ...at("http.tls.clientauth"), level: "warn", message });
  }
  if (values["http.host"]?.startsWith("http:")) {
    const message = "says http, where the registry speaks TLS; is that what clients see?";
    remarks.push({ ...at("http.host"), level: "warn", message });
  }
}
