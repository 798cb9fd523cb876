/** Blobs: bytes under their digest, shared by all repositories, and a link in each repository that holds them. */
import type { ByteRange, CallOptions, ObjectBody, StorageDriver } from "../../drivers/contract.ts";
import { isDriverError, isNotFound } from "../../drivers/errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import { OCTET_STREAM } from "../oci/media-types.ts";
import type { RepositoryName } from "../oci/names.ts";
import { coalesced } from "./coalesced.ts";
import { sizeOfContent } from "./content.ts";
import { blobKey, layerLinkKey } from "./keys.ts";
import { readLink, type SharedLinkReader, writeLink } from "./links.ts";
import type { Presence } from "./presence.ts";
import type { Protocol } from "./protocol.ts";
import type { Redirects } from "./redirects.ts";
import type { Reliance } from "./reliance.ts";

export type OpenBlob =
  | { readonly kind: "stream"; readonly body: ObjectBody }
  /** The client may read it there. */
  | { readonly kind: "redirect"; readonly url: URL }
  /** The proxy in front may read it there. */
  | { readonly kind: "at_proxy"; readonly path: string };

export interface OpenOptions extends CallOptions {
  readonly range?: ByteRange | undefined;
  /** The address of a client that can reach the bucket, and is sent there. */
  readonly client?: string | undefined;
  /** A proxy can read it itself, ranges and all. */
  readonly byProxy?: boolean | undefined;
}

export interface BlobStore {
  /** Rejects `blob_unknown`. Asks the bucket, because clients decide by the answer whether they may leave out an upload. */
  stat(repository: RepositoryName, digest: Digest, options?: CallOptions): Promise<Descriptor>;
  /**
   * For a client that reads: what was lately seen in the repository counts as being there. Rejects `blob_unknown`,
   * `range_unsatisfiable`.
   */
  open(repository: RepositoryName, digest: Digest, options?: OpenOptions): Promise<OpenBlob>;
  /** `undefined` if the repository does not hold it. With `recent`, what this process saw a moment ago will do. */
  find(
    repository: RepositoryName,
    digest: Digest,
    options?: CallOptions & { readonly recent?: boolean | undefined },
  ): Promise<Descriptor | undefined>;
  /** Links into `target` what `source` holds. `undefined` if it does not: then the client has to upload. */
  mount(
    target: RepositoryName,
    source: RepositoryName,
    digest: Digest,
    options?: CallOptions,
  ): Promise<Descriptor | undefined>;
  /** Another repository that may well hold the blob: a hint for a mount without a source. */
  holderOf(digest: Digest): RepositoryName | undefined;
  /** Takes the blob out of this repository. The bytes stay, for others may hold them. Rejects `blob_unknown`. */
  delete(repository: RepositoryName, digest: Digest, options?: CallOptions): Promise<void>;
}

export function createBlobStore({
  driver,
  readSharedLink,
  reliance,
  presence,
  redirects,
  protocol,
}: {
  readonly driver: StorageDriver;
  readonly readSharedLink: SharedLinkReader;
  readonly reliance: Reliance;
  readonly presence: Presence;
  readonly redirects: Redirects;
  readonly protocol: Protocol;
}): BlobStore {
  /** Of content that many ask for at once: each learns what was so after it has asked. */
  const sharedSizeOf = coalesced((target) => sizeOfContent(driver, target as Digest));
  const look = (repository: RepositoryName, digest: Digest, options?: CallOptions) => async (sawLately: boolean) => {
    // Of what is likely there nobody waits for one answer before asking for the other.
    const early = sawLately ? sharedSizeOf(digest, options) : undefined;
    early?.catch(() => {}); // Whoever needs it hears of that.
    const target = await readSharedLink(layerLinkKey(repository, digest), options);
    const size = target && (await (target === digest && early ? early : sharedSizeOf(target, options)));
    return size === undefined ? undefined : { mediaType: OCTET_STREAM, digest, size };
  };

  const blobs: BlobStore = {
    async stat(repository, digest, options) {
      return (await blobs.find(repository, digest, options)) ?? unknown(digest);
    },

    async find(repository, digest, options) {
      const ask = options?.recent ? reliance.onRecent : reliance.on;
      return await ask({ repository, digest, as: "blob" }, look(repository, digest, options));
    },

    async open(repository, digest, options = {}) {
      const holding = { repository, digest, as: "blob" } as const;
      const known = await presence.find(holding);
      const target = known ?? (await readSharedLink(layerLinkKey(repository, digest), options));
      if (target === undefined) return unknown(digest);
      // Only what the bucket said starts its time anew.
      if (known === undefined) presence.saw(holding, target);
      const url = options.client === undefined ? undefined : await redirects.urlOf(target, options.client, options);
      if (url) return { kind: "redirect", url };
      try {
        return await openContent(driver, target, options);
      } catch (error) {
        if (!isNotFound(error)) throw error;
        presence.drop(holding);
        return unknown(digest);
      }
    },

    async mount(target, source, digest, options) {
      protocol.assertWritable();
      let link: Digest | undefined;
      const found = await reliance.on({ repository: source, digest, as: "blob" }, async () => {
        link = await readLink(driver, layerLinkKey(source, digest), options);
        return link && (await describe(driver, digest, link, options));
      });
      if (found === undefined || link === undefined) return undefined;
      await writeLink(driver, layerLinkKey(target, digest), link, options);
      reliance.wrote({ repository: target, digest, as: "blob" }, found);
      return found;
    },

    holderOf: reliance.holderOf,

    async delete(repository, digest, options) {
      protocol.assertWritable();
      const link = layerLinkKey(repository, digest);
      if ((await readLink(driver, link, options)) === undefined) unknown(digest);
      reliance.removed({ repository, digest, as: "blob" });
      await driver.delete(link, options);
      presence.drop({ repository, digest, as: "blob" });
    },
  };
  return blobs;
}

/** Rejects as the driver does, but `range_unsatisfiable` for a range without bytes. */
async function openContent(
  driver: StorageDriver,
  target: Digest,
  { range, byProxy, signal }: OpenOptions,
): Promise<OpenBlob> {
  const key = blobKey(target);
  if (byProxy && driver.pathAtProxy) {
    // What is not there, a proxy would answer in its own way.
    await driver.head(key, { signal });
    return { kind: "at_proxy", path: driver.pathAtProxy(key) };
  }
  try {
    const body = await driver.get(key, { range, signal });
    return { kind: "stream", body };
  } catch (error) {
    if (!isDriverError(error, "range_invalid")) throw error;
    throw new RegistryError("range_unsatisfiable", "the range starts after the end of the blob", { cause: error });
  }
}

async function describe(
  driver: StorageDriver,
  digest: Digest,
  target: Digest,
  options?: CallOptions,
): Promise<Descriptor | undefined> {
  const size = await sizeOfContent(driver, target, options);
  return size === undefined ? undefined : { mediaType: OCTET_STREAM, digest, size };
}

function unknown(digest: Digest): never {
  throw new RegistryError("blob_unknown", "blob unknown to the repository", { details: [{ detail: { digest } }] });
}
