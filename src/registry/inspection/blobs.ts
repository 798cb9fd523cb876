/** Whether there are bytes for a digest: asked once, as far as memory allows. */
import { LRUCache } from "lru-cache";
import type { CallOptions, StorageDriver } from "../../../drivers/contract.ts";
import { algorithmOf, type Digest, digestOf } from "../../oci/digest.ts";
import type { RepositoryName } from "../../oci/names.ts";
import { sizeOfContent } from "../content.ts";
import { layerLinkKey } from "../keys.ts";
import { readLink } from "../links.ts";
import { upTo } from "../up-to.ts";

const REMEMBERED = 100_000;
const NOWHERE = -1;

export interface BlobFinder {
  /** Bytes, or `undefined`: nothing is there, or nothing is in it, which is what a machine that lost power leaves. */
  sizeOf(digest: Digest, options?: CallOptions): Promise<number | undefined>;
  /** As `sizeOf`; distribution keeps sha512 content under the digest that the repository's link holds. */
  sizeInRepository(repository: string, digest: Digest, options?: CallOptions): Promise<number | undefined>;
}

export function createBlobFinder(driver: StorageDriver): BlobFinder {
  const sizes = new LRUCache<Digest, number>(upTo(REMEMBERED));

  const finder: BlobFinder = {
    async sizeOf(digest, options) {
      let size = sizes.get(digest);
      if (size === undefined) {
        size = (await sizeOfContent(driver, digest, options)) ?? NOWHERE;
        if (size === 0 && digest !== digestOf(new Uint8Array(), algorithmOf(digest))) size = NOWHERE;
        sizes.set(digest, size);
      }
      return size === NOWHERE ? undefined : size;
    },

    async sizeInRepository(repository, digest, options) {
      const size = await finder.sizeOf(digest, options);
      if (size !== undefined || algorithmOf(digest) === "sha256") return size;
      const target = await readLink(driver, layerLinkKey(repository as RepositoryName, digest), options);
      return target === undefined || target === digest ? undefined : await finder.sizeOf(target, options);
    },
  };
  return finder;
}
