/**
 * AWS Signature Version 4 in the Authorization header. The SDK's own costs several times the rest of a small call:
 * docs/decisions/0008-objects-without-the-sdk.md.
 */
import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";
import type { StaticCredentials } from "./settings.ts";

export interface Scope {
  readonly region: string;
  readonly service: string;
}

export interface Unsigned {
  readonly method: "GET" | "HEAD" | "PUT" | "DELETE";
  /** Encoded, as it is sent. */
  readonly path: string;
  /** As `encodeQuery` makes it. */
  readonly query: string;
  /** In lower case; `host` among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** The SHA-256 of the body in hex, or `UNSIGNED`. */
  readonly bodyHash: string;
}

export const EMPTY_BODY = hash("sha256", "");
/** For a body that nobody can change on its way. */
export const UNSIGNED = "UNSIGNED-PAYLOAD";

export type Signer = (request: Unsigned, credentials: StaticCredentials, date: Date) => Record<string, string>;

/** Gives all headers, those that were there and those of the signature. */
export function createSigner({ region, service }: Scope): Signer {
  const keyOf = dailyKeys(region, service);
  return ({ method, path, query, headers, bodyHash }, credentials, date) => {
    const time = date.toISOString().replace(/[-:]|\.\d{3}/g, "");
    const day = time.slice(0, 8);
    const all: Record<string, string> = {
      ...headers,
      "x-amz-content-sha256": bodyHash,
      "x-amz-date": time,
      ...(credentials.sessionToken && { "x-amz-security-token": credentials.sessionToken }),
    };
    const names = Object.keys(all).sort();
    const lines = names.map((name) => `${name}:${all[name]}\n`).join("");
    const signed = names.join(";");
    const canonical = `${method}\n${path}\n${query}\n${lines}\n${signed}\n${bodyHash}`;
    const scope = `${day}/${region}/${service}/aws4_request`;
    const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash("sha256", canonical)}`;
    const signature = createHmac("sha256", keyOf(credentials, day)).update(text).digest("hex");
    all.authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
    return all;
  };
}

/** A key is good for a day, and credentials change now and then. */
function dailyKeys(region: string, service: string): (credentials: StaticCredentials, day: string) => KeyObject {
  let last: { readonly secret: string; readonly day: string; readonly key: KeyObject } | undefined;
  return ({ secretAccessKey: secret }, day) => {
    if (last?.secret !== secret || last.day !== day) {
      const steps = [day, region, service, "aws4_request"];
      const key = steps.reduce<Buffer>(
        (key, step) => createHmac("sha256", key).update(step).digest(),
        Buffer.from(`AWS4${secret}`),
      );
      last = { secret, day, key: createSecretKey(key) };
    }
    return last.key;
  };
}

/** As signatures have it: everything but unreserved characters, and the slashes between segments. */
export function encodePath(path: string): string {
  return encodeText(path).replaceAll("%2F", "/");
}

/** In the order of the names, which signatures ask for. */
export function encodeQuery(query: Readonly<Record<string, string>>): string {
  const names = Object.keys(query).sort();
  return names.map((name) => `${encodeText(name)}=${encodeText(query[name] ?? "")}`).join("&");
}

function encodeText(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`);
}
