/** Signature version 4, from the side of the store: in the header, and in the query of a presigned URL. */
import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from "node:crypto";
import { type Call, header } from "./call.ts";
import { Failure } from "./failure.ts";

export interface Account {
  readonly accesskey: string;
  readonly secretkey: string;
}

interface Signed {
  readonly credential: string;
  readonly date: string;
  readonly names: readonly string[];
  readonly signature: string;
  readonly payload: string;
}

const MINUTE = 60_000;
const UNSIGNED = "UNSIGNED-PAYLOAD";

export function verifySignature(call: Call, account: Account): void {
  const signed = call.query.has("X-Amz-Signature") ? signedQuery(call) : signedHeader(call);
  const [accesskey, ...words] = signed.credential.split("/");
  if (accesskey !== account.accesskey) throw new Failure(403, "InvalidAccessKeyId");
  const scope = words.join("/");
  const request = hash("sha256", canonicalRequest(call, signed), "hex");
  const expected = hmac(keyFor(scope, account), ["AWS4-HMAC-SHA256", signed.date, scope, request].join("\n"));
  const given = Buffer.from(signed.signature, "hex");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new Failure(403, "SignatureDoesNotMatch");
  }
  if (/^[0-9a-f]{64}$/.test(signed.payload) && signed.payload !== hash("sha256", call.body, "hex")) {
    throw new Failure(400, "XAmzContentSHA256Mismatch");
  }
}

function signedHeader(call: Call): Signed {
  const authorization = header(call, "authorization");
  if (authorization === undefined) throw new Failure(403, "AccessDenied");
  const field = (name: string) => authorization.match(new RegExp(`${name}=([^,\\s]+)`))?.[1] ?? "";
  const date = header(call, "x-amz-date") ?? "";
  if (Math.abs(Date.now() - timeOf(date)) > 15 * MINUTE) throw new Failure(403, "RequestTimeTooSkewed");
  return {
    credential: field("Credential"),
    date,
    names: field("SignedHeaders").split(";"),
    signature: field("Signature"),
    payload: header(call, "x-amz-content-sha256") ?? "",
  };
}

function signedQuery(call: Call): Signed {
  const field = (name: string) => call.query.get(`X-Amz-${name}`) ?? "";
  const date = field("Date");
  const expired = Date.now() > timeOf(date) + Number(field("Expires")) * 1000;
  if (expired) throw new Failure(403, "AccessDenied", "Request has expired");
  return {
    credential: field("Credential"),
    date,
    names: field("SignedHeaders").split(";"),
    signature: field("Signature"),
    payload: UNSIGNED,
  };
}

function canonicalRequest(call: Call, { names, payload }: Signed): string {
  const path = call.path
    .split("/")
    .map((segment) => encode(decodeURIComponent(segment)))
    .join("/");
  const query = [...call.query]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort();
  const headers = names.map((name) => `${name}:${(header(call, name) ?? "").trim()}\n`);
  return [call.method, path, query.join("&"), headers.join(""), names.join(";"), payload].join("\n");
}

function encode(value: string): string {
  return encodeURIComponent(value).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function timeOf(date: string): number {
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, "$1-$2-$3:$4:$5"));
}

/** Kept, because making one costs more than all else here. */
const keys = new Map<string, KeyObject>();

function keyFor(scope: string, { secretkey }: Account): KeyObject {
  const name = `${secretkey} ${scope}`;
  const made = keys.get(name) ?? scope.split("/").reduce(deriveKey, createSecretKey(`AWS4${secretkey}`, "utf8"));
  keys.set(name, made);
  return made;
}

function deriveKey(key: KeyObject, word: string): KeyObject {
  return createSecretKey(hmac(key, word));
}

function hmac(key: KeyObject, value: string): Buffer {
  return createHmac("sha256", key).update(value).digest();
}
