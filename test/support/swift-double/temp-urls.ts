import { createHmac } from "node:crypto";
import type { Call } from "../s3-double/call.ts";
import { Failure } from "./failure.ts";

const DIGESTS: Readonly<Record<number, string>> = { 40: "sha1", 64: "sha256", 128: "sha512" };
/** A URL that is good for reading is good for a look. */
const METHODS: Readonly<Record<string, readonly string[]>> = { GET: ["GET"], HEAD: ["HEAD", "GET", "POST", "PUT"] };

export function isTempUrl({ query }: Call): boolean {
  return query.has("temp_url_sig") || query.has("temp_url_expires");
}

/** Throws 401. */
export function verifyTempUrl(call: Call, now: number, keys: readonly (string | undefined)[]): void {
  const signature = call.query.get("temp_url_sig") ?? "";
  const expires = Number(call.query.get("temp_url_expires"));
  const digest = DIGESTS[signature.length];
  const methods = METHODS[call.method] ?? [call.method];
  const isSigned = methods.some((method) =>
    keys.some((key) => {
      if (key === undefined || digest === undefined) return false;
      const text = `${method}\n${expires}\n${decodeURIComponent(call.path)}`;
      return createHmac(digest, key).update(text).digest("hex") === signature;
    }),
  );
  if (!isSigned || !(expires * 1000 > now)) throw new Failure(401);
}
