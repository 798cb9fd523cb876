/** The link that says that a repository has a manifest. */
import type { CallOptions, StorageDriver } from "../../drivers/contract.ts";
import type { Digest } from "../oci/digest.ts";
import type { RepositoryName } from "../oci/names.ts";
import { foreignRevisionLinkKey, revisionLinkKey } from "./keys.ts";
import { readLink } from "./links.ts";

/** The digest under which the bytes lie, or `undefined`. */
export async function findRevision(
  driver: StorageDriver,
  repository: RepositoryName,
  digest: Digest,
  options?: CallOptions,
): Promise<Digest | undefined> {
  return (
    (await readLink(driver, revisionLinkKey(repository, digest), options)) ??
    (await readLink(driver, foreignRevisionLinkKey(repository, digest), options))
  );
}
