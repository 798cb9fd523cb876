/** RFC 7515 section 4.1.6: a token that brings certificates, the first for the key that signed it, each vouched for by the next. */
import { type KeyObject, X509Certificate } from "node:crypto";
import { type Extensions, extensionsOf } from "./certificate-extensions.ts";

const LONGEST_CHAIN = 6;
const LONGEST_CERTIFICATE = 8192;

/** The key of the first certificate; `undefined` unless the chain ends at one of the roots. */
export function verifyChain(x5c: unknown, roots: readonly X509Certificate[], now: number): KeyObject | undefined {
  const chain = parseChain(x5c);
  const [leaf] = chain;
  if (leaf === undefined || !chain.every((certificate) => isInTime(certificate, now))) return undefined;
  try {
    const { hasUnknownCritical, maySign } = extensionsOf(leaf);
    if (hasUnknownCritical || maySign === false) return undefined;
    return endsAtRoot(leaf, chain.slice(1), roots, now) ? leaf.publicKey : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Node checks signatures; what an authority may vouch for is checked here. */
function endsAtRoot(
  leaf: X509Certificate,
  authorities: readonly X509Certificate[],
  roots: readonly X509Certificate[],
  now: number,
): boolean {
  let below = leaf;
  for (const [depth, authority] of [...authorities, undefined].entries()) {
    if (roots.some((root) => root.raw.equals(below.raw))) return true;
    if (roots.some((root) => isInTime(root, now) && vouches(root, below, depth))) return true;
    if (authority === undefined || !vouches(authority, below, depth)) return false;
    below = authority;
  }
  return false;
}

/** `depth`: how many authorities are between `authority` and the leaf. */
function vouches(authority: X509Certificate, below: X509Certificate, depth: number): boolean {
  if (!authority.ca || !below.checkIssued(authority)) return false;
  const { pathLength, mayVouch, hasUnknownCritical }: Extensions = extensionsOf(authority);
  if (mayVouch === false || hasUnknownCritical || (pathLength !== undefined && pathLength < depth)) return false;
  return below.verify(authority.publicKey);
}

const isInTime = ({ validFromDate, validToDate }: X509Certificate, now: number): boolean =>
  validFromDate.getTime() <= now && now <= validToDate.getTime();

function parseChain(x5c: unknown): X509Certificate[] {
  if (!Array.isArray(x5c) || x5c.length === 0 || x5c.length > LONGEST_CHAIN) return [];
  try {
    return x5c.map((text: unknown) => {
      if (typeof text !== "string" || text.length > LONGEST_CERTIFICATE) throw new RangeError("no certificate");
      return new X509Certificate(Buffer.from(text, "base64"));
    });
  } catch {
    return [];
  }
}

const PEM = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** Throws `RangeError` if there is none. */
export function parseCertificates(pem: string): X509Certificate[] {
  const blocks = pem.match(PEM) ?? [];
  if (blocks.length === 0) throw new RangeError("there is no certificate in it (-----BEGIN CERTIFICATE-----)");
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw new RangeError(`its certificate number ${index + 1} cannot be read`);
    }
  });
}
