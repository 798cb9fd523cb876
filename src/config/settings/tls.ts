import { CIPHER_SUITES, lacksForwardSecrecy } from "../cipher-suites.ts";
import { choice, listOf, readText, setting, text } from "../kinds.ts";

/** distribution's, which are Go's: from least to most. */
const CLIENT_AUTH = [
  "request-client-cert",
  "require-any-client-cert",
  "verify-client-cert-if-given",
  "require-and-verify-client-cert",
] as const;

export type ClientAuth = (typeof CLIENT_AUTH)[number];

const minimumTls = () =>
  readText("write tls1.2 or tls1.3", (value) => {
    const name = value.toLowerCase();
    if (name === "tls1.2") return "TLSv1.2" as const;
    if (name === "tls1.3") return "TLSv1.3" as const;
    const isOld = name === "tls1.0" || name === "tls1.1";
    throw new RangeError(`write tls1.2 or tls1.3${isOld ? ": what is older can be broken (RFC 8996)" : ""}`);
  });

const cipherSuite = () =>
  readText("write the name of a cipher suite", (value) => {
    const name = value.toUpperCase();
    if (CIPHER_SUITES.includes(name)) return name;
    const problem = name.includes("3DES") ? "can be broken" : "is no cipher suite that is known";
    throw new RangeError(`${value} ${problem}: write some of ${CIPHER_SUITES.join(", ")}`);
  });

export const tlsSettings = {
  "http.tls.certificate": setting(
    text().optional(),
    "A PEM file with the registry's certificate, and then those that lead to its root. It makes the registry speak TLS. Changes count at once.",
  ),
  "http.tls.key": setting(text().optional(), "A PEM file with the key of that certificate. Changes count at once."),
  "http.tls.minimumtls": setting(minimumTls().prefault("tls1.2"), "The oldest TLS that is spoken: tls1.2 or tls1.3."),
  "http.tls.ciphersuites": setting(
    listOf(cipherSuite()).prefault([]),
    "Which cipher suites are taken, by their names in Go. Of TLS 1.3, all, unless some are named. Empty: those that are good.",
    { below: "list", advice: adviseOnSuites },
  ),
  "http.tls.clientcas": setting(
    listOf(text()).prefault([]),
    "PEM files with those who vouch for clients: clients then need a certificate. Changes count at once.",
    { below: "list" },
  ),
  "http.tls.clientauth": setting(
    choice(...CLIENT_AUTH).optional(),
    "What clients are asked for: request-client-cert, require-any-client-cert, verify-client-cert-if-given or, where there are clientcas, require-and-verify-client-cert.",
  ),
};

function adviseOnSuites(value: unknown): string | undefined {
  const suites = (Array.isArray(value) ? value : [value]).map(String).filter(lacksForwardSecrecy);
  return suites.length === 0
    ? undefined
    : `${suites.join(", ")}: whoever gets the key can read what was recorded before; TLS_ECDHE_… can do without that`;
}
