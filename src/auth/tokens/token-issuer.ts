/** Makes and takes the tokens of this registry. The first key signs, all verify: so keys are exchanged without a gap. */
import { hash } from "node:crypto";
import { SignJWT } from "jose";
import type { Runtime } from "../../runtime.ts";
import { type Caller, callerOf, subjectOf } from "../caller.ts";
import type { Authenticated } from "../identities.ts";
import type { KeyRing } from "./key-ring.ts";
import type { SigningKey } from "./signing-key.ts";
import { type AccessClaim, coverageOf, parseAccessClaim } from "./token-access.ts";
import { LEEWAY_SECONDS, type TokenRules, verifyToken } from "./verify-token.ts";

export interface IssuedToken {
  readonly token: string;
  readonly issuedAt: number;
  readonly expiresInSeconds: number;
}

export interface TokenIssuer {
  readonly service: string;
  /** `notAfter`: when its bearer's own time ends. */
  issueAccess(caller: Caller, access: AccessClaim, notAfter?: number): Promise<IssuedToken>;
  verifyAccess(token: string): Promise<Authenticated | undefined>;
  /** `proof` is what the password was at that time: a refresh token does not outlive it. */
  issueRefresh(caller: Caller, proof: string): Promise<string>;
  verifyRefresh(token: string): Promise<{ readonly caller: Caller; isProvedBy(proof: string): boolean } | undefined>;
  /** RFC 7517: the public halves, for those who verify. */
  keySet(): object;
}

export interface TokenIssuerOptions {
  readonly issuer: string;
  readonly service: string;
  readonly accessLifetimeMilliseconds: number;
  readonly refreshLifetimeMilliseconds: number;
}

const ALGORITHMS = ["EdDSA", "ES256"] as const;
const REFRESH_TYPE = "refresh+jwt";

export function createTokenIssuer(
  keys: () => readonly SigningKey[],
  options: TokenIssuerOptions,
  runtime: Runtime,
): TokenIssuer {
  const { issuer, service } = options;
  const refreshAudience = `urn:moorage:refresh:${service}`;
  let known: { readonly keys: readonly SigningKey[]; readonly ring: KeyRing } | undefined;
  const keySource = {
    get ring() {
      const current = keys();
      if (known?.keys !== current) known = { keys: current, ring: ringOf(current) };
      return known.ring;
    },
  };

  function sign(claims: Readonly<Record<string, unknown>>, { audience, subject, type, now, expires }: Particulars) {
    const key = keys().find(({ privateKey }) => privateKey !== undefined);
    if (key?.privateKey === undefined) throw new Error("none of the keys of auth.tokenservice can sign");
    const { algorithm, id, certificates } = key;
    const x5c = certificates.map(({ raw }) => raw.toString("base64"));
    return new SignJWT({ ...claims })
      .setProtectedHeader({ alg: algorithm, typ: type, kid: id, ...(x5c.length > 0 && { x5c }) })
      .setIssuer(issuer)
      .setSubject(subject)
      .setAudience(audience)
      .setJti(runtime.randomUUID())
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(expires)
      .sign(key.privateKey);
  }

  async function verify(token: string, audience: string, isRefresh: boolean) {
    const rules: TokenRules = { issuer, audience, algorithms: ALGORITHMS };
    const verified = await verifyToken(token, rules, { keys: keySource, now: runtime.now() });
    if (verified.kind === "bad" || (verified.type === REFRESH_TYPE) !== isRefresh) return undefined;
    const caller = typeof verified.claims.sub === "string" ? callerOf(verified.claims.sub) : undefined;
    return caller && { caller, claims: verified.claims };
  }

  return {
    service,
    async issueAccess(caller, access, notAfter = Number.POSITIVE_INFINITY) {
      const issuedAt = runtime.now();
      const now = Math.floor(issuedAt / 1000);
      const end = Math.min(issuedAt + options.accessLifetimeMilliseconds, notAfter);
      const expires = Math.max(now + 1, Math.floor(end / 1000));
      const particulars = { audience: service, subject: subjectOf(caller), type: "JWT", now, expires };
      return { token: await sign({ access }, particulars), issuedAt, expiresInSeconds: expires - now };
    },

    async verifyAccess(token) {
      const verified = await verify(token, service, false);
      const entries = verified && parseAccessClaim(verified.claims.access);
      if (!verified || entries === undefined) return undefined;
      const expiresAt = (verified.claims.exp + LEEWAY_SECONDS) * 1000;
      return { caller: verified.caller, covers: coverageOf(entries, { ours: true }), expiresAt };
    },

    async issueRefresh(caller, proof) {
      const now = Math.floor(runtime.now() / 1000);
      const expires = now + Math.floor(options.refreshLifetimeMilliseconds / 1000);
      const particulars = { audience: refreshAudience, subject: subjectOf(caller), type: REFRESH_TYPE, now, expires };
      return await sign({ proof: fingerprint(caller, proof) }, particulars);
    },

    async verifyRefresh(token) {
      const verified = await verify(token, refreshAudience, true);
      if (!verified || verified.caller.kind === "anonymous") return undefined;
      const { caller, claims } = verified;
      return { caller, isProvedBy: (proof) => claims.proof === fingerprint(caller, proof) };
    },

    keySet: () => ({
      keys: keys().map(({ publicKey, id, algorithm }) => ({
        ...publicKey.export({ format: "jwk" }),
        kid: id,
        alg: algorithm,
        use: "sig",
      })),
    }),
  };

  /** Tells one password's hash from another, and nothing about either. */
  function fingerprint(caller: Caller, proof: string): string {
    return hash("sha256", JSON.stringify([issuer, subjectOf(caller), proof]), "base64url").slice(0, 22);
  }
}

/** By name alone: certificates are for others, who do not have our keys. */
function ringOf(keys: readonly SigningKey[]): KeyRing {
  const byId = new Map(keys.map(({ publicKey, id, algorithm }) => [id, { key: publicKey, algorithm }]));
  return { find: ({ kid }) => (typeof kid === "string" ? byId.get(kid) : undefined) };
}

interface Particulars {
  readonly audience: string;
  readonly subject: string;
  readonly type: string;
  readonly now: number;
  readonly expires: number;
}
