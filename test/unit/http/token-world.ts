/** A registry that takes the tokens of a token server, and that server's keys. */
import type { TestContext } from "node:test";
import { type AuthWorld, openAuthWorld } from "../../support/auth-world.ts";
import { issueCertificate, newKey } from "../../support/certificates.ts";
import type { SleeplessRuntime } from "../../support/sleepless-runtime.ts";
import { makeToken, publicJwk, type TokenParts } from "../../support/tokens.ts";

export const ISSUER = "the issuer";
export const SERVICE = "registry.example.com";
export const REALM = "https://tokens.example.com/auth";

export const root = issueCertificate({ name: "root", ca: true });
export const signer = issueCertificate({ name: "signer" });
export const inSet = newKey("ed25519");
export const rsaInSet = newKey("rsa");

export const keySet = (...keys: readonly object[]) => JSON.stringify({ keys });
const setKeys = [
  { ...publicJwk(inSet), kid: "in-set" },
  { ...publicJwk(rsaInSet), kid: "rsa", alg: "RS256" },
  { kty: "oct", k: Buffer.from("shared").toString("base64url"), kid: "shared" },
];

export interface TokenWorldOptions {
  readonly more?: string;
  readonly runtime?: SleeplessRuntime;
  readonly files?: Readonly<Record<string, string>>;
}

export async function openTokenWorld(
  t: TestContext,
  { more = "", runtime, files }: TokenWorldOptions = {},
): Promise<AuthWorld> {
  return await openAuthWorld(t, {
    auth: `token:
  realm: ${REALM}
  service: ${SERVICE}
  issuer: ${ISSUER}
  rootcertbundle: DIR/bundle.pem
  jwks: DIR/jwks.json
${more}`,
    files: { "bundle.pem": root.pem + signer.pem, "jwks.json": keySet(...setKeys), ...files },
    authRuntime: runtime,
  });
}

/** A good one, but for what is given. */
export function tokenOf({
  now = Date.now(),
  access = [{ type: "repository", name: "a/b", actions: ["pull", "push"] }],
  ...parts
}: Partial<TokenParts> & { readonly now?: number; readonly access?: unknown } = {}): string {
  const seconds = Math.floor(now / 1000);
  return makeToken({
    key: inSet,
    header: { kid: "in-set" },
    ...parts,
    claims: {
      iss: ISSUER,
      aud: SERVICE,
      sub: "ann",
      iat: seconds,
      nbf: seconds,
      exp: seconds + 300,
      jti: "1",
      access,
      ...parts.claims,
    },
  });
}
