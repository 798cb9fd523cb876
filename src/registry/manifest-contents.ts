/** The bytes of manifests, which never change under their digest, and what is known from reading them. */
import { LRUCache } from "lru-cache";
import type { CallOptions, StorageDriver } from "../../drivers/contract.ts";
import { DriverError } from "../../drivers/errors.ts";
import { algorithmOf, CANONICAL_ALGORITHM, type Digest, digestOf, isDigest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import { type Manifest, parseManifest, storedMediaType } from "../oci/manifest.ts";
import { coalesced } from "./coalesced.ts";
import { readContent } from "./content.ts";
import { blobKey } from "./keys.ts";
import { isRequired } from "./manifest-references.ts";

export interface KnownManifest extends Manifest {
  /** Config and layers that were looked at when it was pushed: whoever holds it holds them. */
  readonly vouchesFor: readonly Digest[];
}

export interface ManifestContents {
  /**
   * `undefined` if there are no such bytes, or they are no manifest. Whether a repository has them is another question.
   * Rejects `unexpected` when the store gives other bytes than those of the digest.
   */
  read(digest: Digest, options?: CallOptions): Promise<KnownManifest | undefined> | KnownManifest | undefined;
  /** As `read`, for a digest that nobody has vouched for: it may be that of a layer, and then it is not read into memory. */
  guess(digest: Digest, options?: CallOptions): Promise<KnownManifest | undefined> | KnownManifest | undefined;
  /** They have just been stored. */
  wrote(manifest: Manifest): void;
}

const CACHE_BYTES = 64 * 1024 * 1024;
const ENTRY_OVERHEAD = 1000;
/** Nearly all manifests are smaller. */
const GUESS_BYTES = 256 * 1024;

export function createManifestContents(driver: StorageDriver): ManifestContents {
  const cache = new LRUCache<string, KnownManifest>({
    maxSize: CACHE_BYTES,
    sizeCalculation: ({ bytes }) => bytes.length + ENTRY_OVERHEAD,
  });

  function remember(manifest: Manifest): KnownManifest {
    const known = { ...manifest, vouchesFor: vouchesFor(manifest.bytes) };
    cache.set(manifest.descriptor.digest, known);
    return known;
  }

  const fetchUpTo = (maxBytes: number) =>
    coalesced(async (digest) => {
      if (!isDigest(digest)) return undefined;
      const bytes = await readContent(driver, digest, maxBytes);
      if (bytes) verify(digest, bytes);
      const mediaType = bytes && mediaTypeOf(bytes);
      return bytes && mediaType
        ? remember({ descriptor: { mediaType, digest, size: bytes.length }, bytes })
        : undefined;
    });
  const fetch = fetchUpTo(Number.POSITIVE_INFINITY);
  const fetchSmall = fetchUpTo(GUESS_BYTES);

  return {
    read: (digest, options) => cache.get(digest) ?? fetch(digest, options),
    guess: (digest, options) => cache.get(digest) ?? fetchSmall(digest, options),
    wrote: (manifest) => void remember(manifest),
  };
}

/** Once, when they come into memory: what is kept there is served until it is pushed out. */
function verify(digest: Digest, bytes: Buffer): void {
  if (digestOf(bytes, algorithmOf(digest)) === digest) return;
  const message = `the store gave ${bytes.length} bytes that have another digest: the object is damaged, or a proxy changed it`;
  throw new DriverError("unexpected", "get", { key: blobKey(digest), message });
}

function mediaTypeOf(bytes: Buffer): string | undefined {
  try {
    return storedMediaType(bytes);
  } catch (error) {
    if (error instanceof RegistryError) return undefined;
    throw error;
  }
}

/**
 * Never what a push does not look at: a subject, the children of an index, layers that are elsewhere, unknown media types. Else
 * whoever may push could name a digest of somebody else's, and read it.
 */
function vouchesFor(bytes: Buffer): readonly Digest[] {
  try {
    // distribution lets a sha512 link point to content under sha256, so there the link has to be read.
    const isPlain = (digest: Digest) => algorithmOf(digest) === CANONICAL_ALGORITHM;
    const { blobs } = parseManifest(bytes, undefined);
    return blobs.filter((blob) => isRequired(blob) && isPlain(blob.digest)).map(({ digest }) => digest);
  } catch (error) {
    if (error instanceof RegistryError) return [];
    throw error;
  }
}
