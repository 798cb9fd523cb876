/** Tokens as an attacker makes them: any header, any claims, any key. */
import { createHmac, createPublicKey, type KeyObject, sign } from "node:crypto";

export interface TokenParts {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Bytes are for an HMAC. */
  readonly key: KeyObject | Uint8Array | undefined;
}

export function makeToken({ header = {}, claims = {}, key }: TokenParts): string {
  const alg = header.alg ?? (key === undefined ? "none" : algorithmFor(key));
  const input = `${encode({ typ: "JWT", alg, ...header })}.${encode(claims)}`;
  return `${input}.${signatureOf(input, String(alg), key).toString("base64url")}`;
}

export const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

export const publicJwk = (key: KeyObject): JsonWebKey => createPublicKey(key).export({ format: "jwk" }) as JsonWebKey;

type JsonWebKey = Record<string, unknown>;

function algorithmFor(key: KeyObject | Uint8Array): string {
  if (!("asymmetricKeyType" in key)) return "HS256";
  if (key.asymmetricKeyType === "rsa") return "RS256";
  return key.asymmetricKeyType === "ed25519" ? "EdDSA" : "ES256";
}

function signatureOf(input: string, alg: string, key: TokenParts["key"]): Buffer {
  if (key === undefined) return Buffer.alloc(0);
  if (!("asymmetricKeyType" in key)) {
    return createHmac(`sha${alg.slice(2)}`, key)
      .update(input)
      .digest();
  }
  const digest = key.asymmetricKeyType === "ed25519" ? null : "sha256";
  return sign(digest, Buffer.from(input), { key, dsaEncoding: "ieee-p1363" });
}
