/** The link that says that a repository has a manifest. */
import type { CallOptions } from "../../drivers/contract.ts";
import type { Digest } from "../oci/digest.ts";
import type { RepositoryName } from "../oci/names.ts";
import { foreignRevisionLinkKey, revisionLinkKey } from "./keys.ts";
import type { SharedLinkReader } from "./links.ts";

/** The digest under which the bytes lie, or `undefined`. */
export async function findRevision(
  read: SharedLinkReader,
  repository: RepositoryName,
  digest: Digest,
  options?: CallOptions,
): Promise<Digest | undefined> {
  return (
    (await read(revisionLinkKey(repository, digest), options)) ??
    (await read(foreignRevisionLinkKey(repository, digest), options))
  );
}
