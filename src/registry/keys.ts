/**
 * Where everything lies in the bucket. The tree under `docker/registry/v2` is CNCF distribution's, to the byte, so that
 * either registry serves what the other wrote. What only Moorage needs is under `moorage/`; while no upload runs it can be
 * deleted, and comes back. See docs/layout.md.
 */
import type { ObjectKey } from "../../drivers/contract.ts";
import { algorithmOf, type Digest, hexOf } from "../oci/digest.ts";
import type { RepositoryName, Tag } from "../oci/names.ts";

const ROOT = "docker/registry/v2";

export const BLOBS_PREFIX = `${ROOT}/blobs/`;
export const REPOSITORIES_PREFIX = `${ROOT}/repositories/`;
export const PROTOCOL_KEY: ObjectKey = "moorage/protocol";
export const SECRET_KEY: ObjectKey = "moorage/secret";
export const UPLOADS_PREFIX = "moorage/uploads/";
export const LEASES_PREFIX = "moorage/leases/";

const path = (digest: Digest) => `${algorithmOf(digest)}/${hexOf(digest)}`;

export function blobKey(digest: Digest): ObjectKey {
  return `${BLOBS_PREFIX}${algorithmOf(digest)}/${hexOf(digest).slice(0, 2)}/${hexOf(digest)}/data`;
}

export function layerLinkKey(repository: RepositoryName, digest: Digest): ObjectKey {
  return `${REPOSITORIES_PREFIX}${repository}/_layers/${path(digest)}/link`;
}

export function manifestsPrefix(repository: RepositoryName): string {
  return `${REPOSITORIES_PREFIX}${repository}/_manifests/`;
}

export function revisionLinkKey(repository: RepositoryName, digest: Digest): ObjectKey {
  return `${manifestsPrefix(repository)}revisions/${path(digest)}/link`;
}

/**
 * The revision link of a manifest that distribution cannot read. Its garbage collection takes every file called `link` in
 * the revisions' tree for a manifest of its own and stops at the first that it does not understand.
 */
export function foreignRevisionLinkKey(repository: RepositoryName, digest: Digest): ObjectKey {
  return `${manifestsPrefix(repository)}revisions/${path(digest)}/foreign`;
}

export function tagsPrefix(repository: RepositoryName): string {
  return `${manifestsPrefix(repository)}tags/`;
}

export function tagPrefix(repository: RepositoryName, tag: Tag): string {
  return `${tagsPrefix(repository)}${tag}/`;
}

export function currentTagKey(repository: RepositoryName, tag: Tag): ObjectKey {
  return `${tagPrefix(repository, tag)}current/link`;
}

export function tagIndexPrefix(repository: RepositoryName, tag: Tag): string {
  return `${tagPrefix(repository, tag)}index/`;
}

export function tagIndexKey(repository: RepositoryName, tag: Tag, digest: Digest): ObjectKey {
  return `${tagEntryPrefix(repository, tag, digest)}link`;
}

export function tagEntryPrefix(repository: RepositoryName, tag: Tag, digest: Digest): string {
  return `${tagIndexPrefix(repository, tag)}${path(digest)}/`;
}

export function referrersPrefix(repository: RepositoryName, subject: Digest): string {
  return `moorage/index/referrers/${repository}/_/${path(subject)}/`;
}

export function referrerKey(repository: RepositoryName, subject: Digest, referrer: Digest): ObjectKey {
  return `${referrersPrefix(repository, subject)}${path(referrer)}`;
}

/**
 * What belongs to one session, and to no other: no id has a dot in it. None has a directory of its own, which would be made
 * and removed for each upload; a few hundred share them, so that on a disk a listing of one does not go through all others.
 */
export function uploadPrefix(uploadId: string): string {
  return `${UPLOADS_PREFIX}${uploadId.slice(0, 2)}/${uploadId}.`;
}

export function uploadIdOf(key: ObjectKey): string {
  const name = key.slice(key.lastIndexOf("/") + 1);
  return name.slice(0, name.indexOf("."));
}

export function uploadRecordsPrefix(uploadId: string): string {
  return `${uploadPrefix(uploadId)}record.`;
}

/** Zero-padded, so that a listing is in order. */
export function uploadRecordKey(uploadId: string, sequence: number): ObjectKey {
  return `${uploadRecordsPrefix(uploadId)}${String(sequence).padStart(8, "0")}`;
}

export function stagedKey(uploadId: string, attempt: string): ObjectKey {
  return `${uploadPrefix(uploadId)}data.${attempt}`;
}

/** Where distribution keeps its own unfinished uploads. Never shared, only cleaned up. */
export function foreignUploadsPrefix(repository: RepositoryName): string {
  return `${REPOSITORIES_PREFIX}${repository}/_uploads/`;
}
