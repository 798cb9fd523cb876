/** Digests: OCI image-spec, descriptor.md, "Digests". The registered algorithms, in their only canonical spelling. */
import { createHash, type Hash, hash } from "node:crypto";
import { RegistryError } from "./errors.ts";

declare const brand: unique symbol;

export type DigestAlgorithm = "sha256" | "sha512";
export type Digest = `${DigestAlgorithm}:${string}` & { readonly [brand]: "digest" };

export const CANONICAL_ALGORITHM: DigestAlgorithm = "sha256";
const HEX_LENGTH: Readonly<Record<DigestAlgorithm, number>> = { sha256: 64, sha512: 128 };
const LOWER_HEX = /^[0-9a-f]+$/;

/** Throws `digest_invalid`. */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) {
    throw new RegistryError("digest_invalid", "the digest is not valid", {
      details: [
        {
          message: "a digest is sha256:<64 hex digits> or sha512:<128 hex digits>, in lower case",
          detail: { digest: text.slice(0, 200) },
        },
      ],
    });
  }
  return text;
}

export function isDigest(text: unknown): text is Digest {
  if (typeof text !== "string") return false;
  const colon = text.indexOf(":");
  const algorithm = text.slice(0, colon);
  const hex = text.slice(colon + 1);
  return isDigestAlgorithm(algorithm) && hex.length === HEX_LENGTH[algorithm] && LOWER_HEX.test(hex);
}

/** Throws `digest_invalid`: the spec has no code of its own for an unknown algorithm. */
export function parseDigestAlgorithm(text: string): DigestAlgorithm {
  if (!isDigestAlgorithm(text)) {
    throw new RegistryError("digest_invalid", "the digest algorithm is not supported", {
      details: [{ message: "supported: sha256, sha512", detail: { algorithm: text.slice(0, 50) } }],
    });
  }
  return text;
}

function isDigestAlgorithm(text: string): text is DigestAlgorithm {
  return Object.hasOwn(HEX_LENGTH, text);
}

export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.slice(0, digest.indexOf(":")) as DigestAlgorithm;
}

export function hexOf(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}

export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = CANONICAL_ALGORITHM): Digest {
  return formatDigest(algorithm, hash(algorithm, bytes, "hex"));
}

export function formatDigest(algorithm: DigestAlgorithm, hex: string): Digest {
  return `${algorithm}:${hex}` as Digest;
}

/** A hash that is fed while bytes pass by, and can tell the digest so far without ending. */
export interface Digester {
  readonly algorithm: DigestAlgorithm;
  update(chunk: Uint8Array): void;
  /** Of everything so far. More may follow. */
  digest(): Digest;
  /** Goes its own way from here. */
  fork(): Digester;
}

export function createDigester(algorithm: DigestAlgorithm): Digester {
  return wrapHash(algorithm, createHash(algorithm));
}

function wrapHash(algorithm: DigestAlgorithm, state: Hash): Digester {
  return {
    algorithm,
    update: (chunk) => void state.update(chunk),
    digest: () => formatDigest(algorithm, state.copy().digest("hex")),
    fork: () => wrapHash(algorithm, state.copy()),
  };
}
