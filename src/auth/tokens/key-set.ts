/** RFC 7517 section 5: a set of keys as JSON. */
import * as z from "zod";
import { type TrustedKey, toPublicKey } from "./key-ring.ts";

const MOST_KEYS = 100;
const SMALLEST_RSA_BITS = 2048;

const setSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(MOST_KEYS) });
const stated = z.object({
  kid: z.string().max(512).optional(),
  alg: z.string().optional(),
  use: z.string().optional(),
  key_ops: z.array(z.string()).optional(),
});

/**
 * What is not for signatures, or no key of a pair, is left out: a set may have keys for other purposes. Throws `RangeError` for
 * what is no set.
 */
export function parseKeySet(text: string): TrustedKey[] {
  const parsed = setSchema.safeParse(parseJson(text));
  if (!parsed.success) throw new RangeError(`it is no set of up to ${MOST_KEYS} keys: {"keys": [{"kty": …}]}`);
  return parsed.data.keys.flatMap((jwk) => {
    const said = stated.safeParse(jwk);
    if (!said.success) return [];
    const { kid: id, alg: algorithm, use, key_ops: operations } = said.data;
    const isForSignatures = (use ?? "sig") === "sig" && (operations?.includes("verify") ?? true);
    const key = isForSignatures ? toPublicKey(jwk) : undefined;
    const bits = key?.asymmetricKeyDetails?.modulusLength ?? SMALLEST_RSA_BITS;
    return key && bits >= SMALLEST_RSA_BITS ? [{ key, id, algorithm }] : [];
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
