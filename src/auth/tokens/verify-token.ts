/** Whether a token is what it says: RFC 7519 section 7.2, with the keys, the algorithms and the audience of who asks. */
import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from "jose";
import type { SigningAlgorithm } from "./algorithms.ts";
import type { KeyRing, TokenHeader, TrustedKey } from "./key-ring.ts";

export interface KeySource {
  /** The ring as it is now. */
  readonly ring: KeyRing;
  /** There is a token whose key is not in it: looks for new ones, unless that was done a moment ago. */
  refresh?(): Promise<void>;
}

export interface TokenRules {
  readonly issuer: string;
  /** Of several, one. */
  readonly audience: string | readonly string[];
  readonly algorithms: readonly SigningAlgorithm[];
}

export type VerifiedToken =
  | { readonly kind: "good"; readonly claims: JWTPayload & { readonly exp: number }; readonly type: string | undefined }
  | { readonly kind: "bad"; readonly reason: string };

/** More fits into no header with anything beside it. */
const LONGEST_TOKEN = 24 * 1024;
/** Clocks differ; distribution grants as much. */
export const LEEWAY_SECONDS = 60;

export async function verifyToken(
  token: string,
  { issuer, audience, algorithms }: TokenRules,
  { keys, now }: { readonly keys: KeySource; readonly now: number },
): Promise<VerifiedToken> {
  const header = token.length <= LONGEST_TOKEN ? headerOf(token) : undefined;
  if (header === undefined) return bad("it is no token that can be read");
  if (!algorithms.some((algorithm) => algorithm === header.alg)) return bad("its algorithm is not allowed");
  const trusted = await findKey(header, keys);
  if (trusted === undefined) return bad("it is signed with a key that is not trusted");
  if (trusted.algorithm !== undefined && trusted.algorithm !== header.alg)
    return bad("its key is for another algorithm");
  try {
    const { payload, protectedHeader } = await jwtVerify(token, trusted.key, {
      algorithms: [...algorithms],
      issuer,
      audience: typeof audience === "string" ? audience : [...audience],
      clockTolerance: LEEWAY_SECONDS,
      currentDate: new Date(now),
      requiredClaims: ["exp"],
    });
    return { kind: "good", claims: payload as JWTPayload & { readonly exp: number }, type: protectedHeader.typ };
  } catch (error) {
    // What jose and Node say about a token that they refuse. Nothing else can go wrong between here and there.
    return bad(error instanceof errors.JOSEError ? error.message : "its key is not for its algorithm");
  }
}

async function findKey(header: TokenHeader, keys: KeySource): Promise<TrustedKey | undefined> {
  const found = keys.ring.find(header);
  if (found || !keys.refresh) return found;
  await keys.refresh();
  return keys.ring.find(header);
}

function headerOf(token: string): TokenHeader | undefined {
  try {
    return decodeProtectedHeader(token);
  } catch {
    return undefined;
  }
}

/** Whose it says it is. Nobody has looked at the signature yet, so that is only good for finding the keys. */
export function issuerOf(token: string): string | undefined {
  if (token.length > LONGEST_TOKEN) return undefined;
  try {
    const { iss } = decodeJwt(token);
    return typeof iss === "string" ? iss : undefined;
  } catch {
    return undefined;
  }
}

const bad = (reason: string): VerifiedToken => ({ kind: "bad", reason });
