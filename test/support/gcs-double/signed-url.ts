/** Signatures of version 4, as Google's documentation describes them. */
import { createHash, type KeyObject, verify } from "node:crypto";

export interface Signatory {
  readonly email: string;
  readonly key: KeyObject;
}

/** Why the URL is worth nothing; `undefined`: it is good. */
export function flawOf(rawUrl: string, host: string, { email, key }: Signatory): string | undefined {
  const [path = "", search = ""] = rawUrl.split("?");
  const query = new URLSearchParams(search);
  const parameter = (name: string) => query.get(`X-Goog-${name}`) ?? "";
  const date = parameter("Date");
  const scope = `${date.slice(0, 8)}/auto/storage/goog4_request`;
  if (parameter("Algorithm") !== "GOOG4-RSA-SHA256") return "AccessDenied";
  if (parameter("Credential") !== `${email}/${scope}`) return "InvalidCredential";
  if (Date.now() > timeOf(date) + Number(parameter("Expires")) * 1000) return "ExpiredToken";
  const canonical = ["GET", path, canonicalQuery(query), `host:${host}\n`, "host", "UNSIGNED-PAYLOAD"].join("\n");
  const hash = createHash("sha256").update(canonical).digest("hex");
  const signed = Buffer.from(["GOOG4-RSA-SHA256", date, scope, hash].join("\n"));
  const isGood = verify("RSA-SHA256", signed, key, Buffer.from(parameter("Signature"), "hex"));
  return isGood ? undefined : "SignatureDoesNotMatch";
}

/** `20261124T191500Z` */
function timeOf(date: string): number {
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .filter(([name]) => name !== "X-Goog-Signature")
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&");
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
