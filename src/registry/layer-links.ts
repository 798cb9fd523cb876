/** The link by which a repository has a blob. */
import type { CallOptions, ObjectBytes, StorageDriver } from "../../drivers/contract.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { OCTET_STREAM } from "../oci/media-types.ts";
import type { RepositoryName } from "../oci/names.ts";
import { blobKey, layerLinkKey } from "./keys.ts";
import { writeLink } from "./links.ts";
import type { Reliance } from "./reliance.ts";

export interface LayerLinks {
  /** To a blob whose bytes are there. */
  add(repository: RepositoryName, digest: Digest, size: number, options?: CallOptions): Promise<Descriptor>;
  /** To a short blob, and that itself. `bytes` have that digest. */
  addWithBytes(
    repository: RepositoryName,
    digest: Digest,
    bytes: ObjectBytes,
    options?: CallOptions,
  ): Promise<Descriptor>;
}

export function createLayerLinks({
  driver,
  reliance,
}: {
  readonly driver: StorageDriver;
  readonly reliance: Reliance;
}): LayerLinks {
  const write = (repository: RepositoryName, digest: Digest, options?: CallOptions) =>
    writeLink(driver, layerLinkKey(repository, digest), digest, options);

  function linked(repository: RepositoryName, digest: Digest, size: number): Descriptor {
    const descriptor = { mediaType: OCTET_STREAM, digest, size };
    reliance.wrote({ repository, digest, as: "blob" }, descriptor);
    return descriptor;
  }

  const links: LayerLinks = {
    async add(repository, digest, size, options) {
      await write(repository, digest, options);
      return linked(repository, digest, size);
    },

    async addWithBytes(repository, digest, bytes, options) {
      const stored = driver.put(blobKey(digest), bytes, options);
      // Clients are sent to the store by what the link says.
      if (driver.presign) return await links.add(repository, digest, (await stored).size, options);
      // Here a link whose bytes are not there links nothing, so nobody has to wait for them.
      const [{ size }] = await Promise.all([stored, write(repository, digest, options)]);
      return linked(repository, digest, size);
    },
  };
  return links;
}
