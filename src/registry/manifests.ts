/** Manifests: exact bytes under their digest, a revision link in the repository, tags and referrer entries around them. */
import type { CallOptions, StorageDriver } from "../../drivers/contract.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { algorithmOf, type Digest, digestOf } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import { type Manifest, parseManifest, storedSubject } from "../oci/manifest.ts";
import type { Reference, RepositoryName, Tag } from "../oci/names.ts";
import { blobKey, foreignRevisionLinkKey, revisionLinkKey } from "./keys.ts";
import { type SharedLinkReader, writeLink } from "./links.ts";
import type { KnownManifest, ManifestContents } from "./manifest-contents.ts";
import type { ManifestReferences } from "./manifest-references.ts";
import type { Presence } from "./presence.ts";
import type { Protocol } from "./protocol.ts";
import type { Referrers } from "./referrers.ts";
import type { Reliance } from "./reliance.ts";
import { findRevision } from "./revisions.ts";
import type { TagStore } from "./tags.ts";

export interface PushedManifest {
  readonly descriptor: Descriptor;
  /** Set when the manifest has a subject: it is then listed among the subject's referrers. */
  readonly subject?: Digest | undefined;
}

export interface ManifestStore {
  /**
   * A tag is always read from the bucket. What a digest was lately seen to be counts, unless `fresh`: that is for whoever
   * decides by the answer what to push. Rejects `manifest_unknown`.
   */
  get(
    repository: RepositoryName,
    reference: Reference,
    options?: CallOptions & { readonly fresh?: boolean | undefined },
  ): Promise<Manifest>;
  /**
   * `digest` is what the client says the bytes are. The tags are set last, so that whatever stops half-way, no tag means a
   * manifest that is not there. Rejects `manifest_invalid`, `manifest_blob_unknown`, `digest_mismatch`; with `onlyNewTags`,
   * `denied`.
   */
  put(
    repository: RepositoryName,
    bytes: Buffer,
    options: CallOptions & {
      readonly contentType?: string | undefined;
      readonly digest?: Digest | undefined;
      readonly tags?: readonly Tag[] | undefined;
      /** The tags must be new, or mean this already. */
      readonly onlyNewTags?: boolean | undefined;
    },
  ): Promise<PushedManifest>;
  /** Removes the manifest from the repository, and the tags that mean it. Rejects `manifest_unknown`. */
  delete(repository: RepositoryName, digest: Digest, options?: CallOptions): Promise<void>;
}

export function createManifestStore({
  driver,
  readSharedLink,
  contents,
  references,
  reliance,
  presence,
  protocol,
  tags,
  referrers,
}: {
  readonly driver: StorageDriver;
  readonly readSharedLink: SharedLinkReader;
  readonly contents: ManifestContents;
  readonly references: ManifestReferences;
  readonly reliance: Reliance;
  readonly presence: Presence;
  readonly protocol: Protocol;
  readonly tags: TagStore;
  readonly referrers: Referrers;
}): ManifestStore {
  /** Where the revision lies, and its content, in one round. */
  async function locate(repository: RepositoryName, digest: Digest, options?: CallOptions) {
    const [target, content] = await Promise.all([
      findRevision(readSharedLink, repository, digest, options),
      contents.guess(digest, options),
    ]);
    if (target === undefined) return undefined;
    return target === digest && content ? content : await contents.read(target, options);
  }

  /** Clients that have read a manifest read its layers next. */
  function vouch(repository: RepositoryName, { vouchesFor }: KnownManifest): void {
    if (!references.enabled) return;
    for (const digest of vouchesFor) presence.conclude({ repository, digest, as: "blob" }, digest);
  }

  const manifests: ManifestStore = {
    async get(repository, reference, { fresh, signal } = {}) {
      const isTag = reference.kind === "tag";
      const digest = isTag ? await tags.resolve(repository, reference.tag, { signal }) : reference.digest;
      const holding = { repository, digest, as: "manifest" } as const;
      const known = isTag || !fresh ? await presence.find(holding) : undefined;
      if (known) {
        const manifest = await contents.read(known, { signal });
        if (manifest) return manifest;
      }
      const manifest = await locate(repository, digest, { signal });
      if (manifest === undefined) {
        presence.drop(holding);
        return unknown(reference);
      }
      presence.saw(holding, manifest.descriptor.digest);
      vouch(repository, manifest);
      return manifest;
    },

    async put(repository, bytes, { contentType, digest: claimed, tags: newTags = [], onlyNewTags = false, signal }) {
      protocol.assertWritable();
      const digest = digestOf(bytes, claimed && algorithmOf(claimed));
      if (claimed && claimed !== digest) {
        throw new RegistryError("digest_mismatch", "the digest is not the digest of the manifest", {
          details: [{ detail: { claimed, digest } }],
        });
      }
      const content = parseManifest(bytes, contentType);
      await references.check(repository, content, { signal });
      if (onlyNewTags) await Promise.all(newTags.map((tag) => tags.assertNew(repository, tag, digest, { signal })));

      await driver.put(blobKey(digest), bytes, { signal });
      const link = content.readByDistribution ? revisionLinkKey : foreignRevisionLinkKey;
      await Promise.all([
        writeLink(driver, link(repository, digest), digest, { signal }),
        ...newTags.map((tag) => tags.remember(repository, tag, digest, { signal })),
        ...(content.subject ? [referrers.add(repository, content.subject, digest, { signal })] : []),
      ]);
      const setTag = onlyNewTags ? tags.setNew : tags.set;
      await Promise.all(newTags.map((tag) => setTag(repository, tag, digest, { signal })));

      const descriptor = { mediaType: content.mediaType, digest, size: bytes.length };
      reliance.wrote({ repository, digest, as: "manifest" }, descriptor);
      contents.wrote({ descriptor, bytes });
      return { descriptor, subject: content.subject };
    },

    // What points at it first, so that a delete that stops half-way can be repeated.
    async delete(repository, digest, options) {
      protocol.assertWritable();
      const { bytes } = await manifests.get(repository, { kind: "digest", digest }, { ...options, fresh: true });
      reliance.removed({ repository, digest, as: "manifest" });
      await tags.deleteAllOf(repository, digest, options);
      const subject = storedSubject(bytes);
      if (subject) await referrers.remove(repository, subject, digest, options);
      await driver.delete(foreignRevisionLinkKey(repository, digest), options);
      await driver.delete(revisionLinkKey(repository, digest), options);
      presence.drop({ repository, digest, as: "manifest" });
    },
  };
  return manifests;
}

function unknown(reference: Reference): never {
  throw new RegistryError("manifest_unknown", "manifest unknown", { details: [{ detail: reference }] });
}
