/**
 * Referrers: manifests that name another as their subject. OCI distribution-spec, "Listing Referrers".
 *
 * An entry in the bucket says only that there may be such a referrer; what is listed is read from the manifest itself, so an
 * entry that outlives its manifest shows nothing. Clients of registries without this API keep an index under a fallback
 * tag instead: those are listed too.
 */
import type { CallOptions, StorageDriver } from "../../drivers/contract.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { algorithmOf, type Digest, hexOf, isDigest } from "../oci/digest.ts";
import { isRegistryError } from "../oci/errors.ts";
import { type Manifest, parseManifest } from "../oci/manifest.ts";
import { isTag, type Reference, type RepositoryName } from "../oci/names.ts";
import type { Page } from "../oci/pages.ts";
import { referrerKey, referrersPrefix } from "./keys.ts";

export interface Referrers {
  add(repository: RepositoryName, subject: Digest, referrer: Digest, options?: CallOptions): Promise<void>;
  remove(repository: RepositoryName, subject: Digest, referrer: Digest, options?: CallOptions): Promise<void>;
}

export interface ReferrersList {
  /** In the order of their digests. A subject that nobody refers to, or that is not there, has an empty list. */
  list(
    repository: RepositoryName,
    subject: Digest,
    options?: CallOptions & { readonly artifactType?: string | undefined; readonly last?: string | undefined },
  ): Promise<Page<Descriptor>>;
}

/** So that an answer stays below the 4 MiB that clients accept for an index, with descriptors of ordinary size. */
const PAGE_ENTRIES = 1000;
const READS_AT_ONCE = 32;
/** The spec's form of the fallback tag cuts the algorithm to 32 characters and the hex to 64. */
const FALLBACK_HEX = 64;

export function createReferrers(driver: StorageDriver): Referrers {
  return {
    async add(repository, subject, referrer, options) {
      await driver.put(referrerKey(repository, subject, referrer), Buffer.from(referrer, "latin1"), options);
    },
    remove: (repository, subject, referrer, options) =>
      driver.delete(referrerKey(repository, subject, referrer), options),
  };
}

export function createReferrersList({
  driver,
  getManifest,
}: {
  readonly driver: StorageDriver;
  readonly getManifest: (repository: RepositoryName, reference: Reference, options?: CallOptions) => Promise<Manifest>;
}): ReferrersList {
  /** `undefined` if the manifest is gone, or refers to something else. */
  async function describe(
    repository: RepositoryName,
    subject: Digest,
    digest: Digest,
    options?: CallOptions,
  ): Promise<Descriptor | undefined> {
    try {
      const { descriptor, bytes } = await getManifest(repository, { kind: "digest", digest }, options);
      const { subject: named, artifactType, annotations } = parseManifest(bytes, undefined);
      return named === subject ? { ...descriptor, artifactType, annotations } : undefined;
    } catch (error) {
      if (isRegistryError(error)) return undefined;
      throw error;
    }
  }

  async function listEntries(repository: RepositoryName, subject: Digest, options?: CallOptions): Promise<Digest[]> {
    const prefix = referrersPrefix(repository, subject);
    const digests: Digest[] = [];
    for await (const { key } of driver.list(prefix, options)) {
      const digest = key.slice(prefix.length).replace("/", ":");
      if (isDigest(digest)) digests.push(digest);
    }
    return digests;
  }

  async function listFallback(repository: RepositoryName, subject: Digest, options?: CallOptions): Promise<Digest[]> {
    const tag = `${algorithmOf(subject)}-${hexOf(subject).slice(0, FALLBACK_HEX)}`;
    if (!isTag(tag)) return [];
    try {
      const { bytes } = await getManifest(repository, { kind: "tag", tag }, options);
      return parseManifest(bytes, undefined).manifests.map(({ digest }) => digest);
    } catch (error) {
      if (isRegistryError(error)) return [];
      throw error;
    }
  }

  return {
    async list(repository, subject, { artifactType, last = "", signal } = {}) {
      const [entries, fallback] = await Promise.all([
        listEntries(repository, subject, { signal }),
        listFallback(repository, subject, { signal }),
      ]);
      const candidates = [...new Set([...entries, ...fallback])].sort().filter((digest) => digest > last);
      const page = candidates.slice(0, PAGE_ENTRIES);
      const found: Descriptor[] = [];
      for (let i = 0; i < page.length; i += READS_AT_ONCE) {
        const batch = page.slice(i, i + READS_AT_ONCE);
        const described = await Promise.all(batch.map((digest) => describe(repository, subject, digest, { signal })));
        for (const descriptor of described) {
          if (descriptor && (!artifactType || descriptor.artifactType === artifactType)) found.push(descriptor);
        }
      }
      return candidates.length > PAGE_ENTRIES ? { entries: found, next: page.at(-1) } : { entries: found };
    },
  };
}
