/** The keys that are trusted to sign tokens, by the names that tokens have for them. */
import { createPublicKey, type JsonWebKey, type KeyObject, type X509Certificate } from "node:crypto";
import { verifyChain } from "./certificate-chain.ts";
import { idsOf, thumbprintOf } from "./key-id.ts";

export interface TrustedKey {
  readonly key: KeyObject;
  /** As its set names it. */
  readonly id?: string | undefined;
  /** The only algorithm that it is for. */
  readonly algorithm?: string | undefined;
}

/** What a token says about its signature, before anybody has looked at that. */
export interface TokenHeader {
  readonly alg?: unknown;
  readonly kid?: unknown;
  readonly jwk?: unknown;
  readonly x5c?: unknown;
}

export interface KeyRing {
  /** `undefined`: the token names no key that is trusted. Whatever key it brings along is not used. */
  find(header: TokenHeader): TrustedKey | undefined;
}

export interface KeyRingContents {
  readonly keys: readonly TrustedKey[];
  /** Whose keys are trusted, and the keys of whom they vouch for. */
  readonly roots?: readonly X509Certificate[] | undefined;
}

export function createKeyRing({ keys, roots = [] }: KeyRingContents, now: () => number): KeyRing {
  const byId = new Map<string, TrustedKey>();
  const add = (id: string | undefined, trusted: TrustedKey) => {
    // The first of a name keeps it: a key set must not take the name of another's key.
    if (id !== undefined && !byId.has(id)) byId.set(id, trusted);
  };
  const all = [...roots.map(({ publicKey }): TrustedKey => ({ key: publicKey })), ...keys];
  for (const trusted of all) for (const id of idsOf(trusted.key)) add(id, trusted);
  for (const trusted of keys) add(trusted.id, trusted);

  const fromChain = (x5c: unknown): TrustedKey | undefined => {
    const key = verifyChain(x5c, roots, now());
    return key && { key };
  };

  return {
    find({ kid, jwk, x5c }) {
      if (x5c !== undefined) return fromChain(x5c);
      if (jwk !== undefined) return findEmbedded(jwk, byId, fromChain);
      return typeof kid === "string" ? byId.get(kid) : undefined;
    },
  };
}

/** A key in the token's own header counts only if it is one that is trusted anyhow, or a chain vouches for just that key. */
function findEmbedded(
  jwk: unknown,
  byId: ReadonlyMap<string, TrustedKey>,
  fromChain: (x5c: unknown) => TrustedKey | undefined,
): TrustedKey | undefined {
  const key = toPublicKey(jwk);
  const id = key && thumbprintOf(key);
  if (key === undefined || id === undefined) return undefined;
  const { x5c } = jwk as { readonly x5c?: unknown };
  if (x5c === undefined) return byId.get(id);
  const vouchedFor = fromChain(x5c);
  return vouchedFor?.key.equals(key) ? vouchedFor : undefined;
}

/** `undefined` for what is no public key of a pair. */
export function toPublicKey(jwk: unknown): KeyObject | undefined {
  if (typeof jwk !== "object" || jwk === null || !("kty" in jwk) || jwk.kty === "oct") return undefined;
  try {
    return createPublicKey({ key: jwk as JsonWebKey, format: "jwk" });
  } catch {
    return undefined;
  }
}
