/** Manifests: exact bytes under their digest, a revision link in the repository, tags and referrer entries around them. */
import { LRUCache } from "lru-cache";
import type { CallOptions, StorageDriver } from "../../drivers/contract.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { algorithmOf, type Digest, digestOf } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import { type Manifest, parseManifest, storedMediaType, storedSubject } from "../oci/manifest.ts";
import type { Reference, RepositoryName, Tag } from "../oci/names.ts";
import { readContent } from "./content.ts";
import { blobKey, foreignRevisionLinkKey, revisionLinkKey } from "./keys.ts";
import { writeLink } from "./links.ts";
import type { ManifestReferences } from "./manifest-references.ts";
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
  /** Rejects `manifest_unknown`. */
  get(repository: RepositoryName, reference: Reference, options?: CallOptions): Promise<Manifest>;
  /**
   * `digest` is what the client says the bytes are. The tags are set last, so that whatever stops half-way, no tag means a
   * manifest that is not there. Rejects `manifest_invalid`, `manifest_blob_unknown`, `digest_mismatch`.
   */
  put(
    repository: RepositoryName,
    bytes: Buffer,
    options: CallOptions & {
      readonly contentType?: string | undefined;
      readonly digest?: Digest | undefined;
      readonly tags?: readonly Tag[] | undefined;
    },
  ): Promise<PushedManifest>;
  /** Removes the manifest from the repository, and the tags that mean it. Rejects `manifest_unknown`. */
  delete(repository: RepositoryName, digest: Digest, options?: CallOptions): Promise<void>;
}

/** Bytes of manifests never change, so nothing here is ever wrong; whether a repository has them is asked each time. */
const CACHE_BYTES = 64 * 1024 * 1024;

export function createManifestStore({
  driver,
  references,
  reliance,
  protocol,
  tags,
  referrers,
}: {
  readonly driver: StorageDriver;
  readonly references: ManifestReferences;
  readonly reliance: Reliance;
  readonly protocol: Protocol;
  readonly tags: TagStore;
  readonly referrers: Referrers;
}): ManifestStore {
  const cache = new LRUCache<Digest, Manifest>({
    maxSize: CACHE_BYTES,
    sizeCalculation: ({ bytes }) => bytes.length + 500,
  });

  const manifests: ManifestStore = {
    async get(repository, reference, options) {
      const digest =
        reference.kind === "tag" ? await tags.resolve(repository, reference.tag, options) : reference.digest;
      const target = await findRevision(driver, repository, digest, options);
      if (target === undefined) return unknown(reference);
      const cached = cache.get(digest);
      if (cached) return cached;
      const bytes = await readContent(driver, target, options);
      if (bytes === undefined) return unknown(reference);
      const manifest = { descriptor: { mediaType: storedMediaType(bytes), digest, size: bytes.length }, bytes };
      cache.set(digest, manifest);
      return manifest;
    },

    async put(repository, bytes, { contentType, digest: claimed, tags: newTags = [], signal }) {
      protocol.assertWritable();
      const digest = digestOf(bytes, claimed && algorithmOf(claimed));
      if (claimed && claimed !== digest) {
        throw new RegistryError("digest_mismatch", "the digest is not the digest of the manifest", {
          details: [{ detail: { claimed, digest } }],
        });
      }
      const content = parseManifest(bytes, contentType);
      await references.check(repository, content, { signal });

      await driver.put(blobKey(digest), bytes, { signal });
      const link = content.readByDistribution ? revisionLinkKey : foreignRevisionLinkKey;
      await Promise.all([
        writeLink(driver, link(repository, digest), digest, { signal }),
        ...newTags.map((tag) => tags.remember(repository, tag, digest, { signal })),
        ...(content.subject ? [referrers.add(repository, content.subject, digest, { signal })] : []),
      ]);
      await Promise.all(newTags.map((tag) => tags.set(repository, tag, digest, { signal })));

      const descriptor = { mediaType: content.mediaType, digest, size: bytes.length };
      reliance.wrote({ repository, digest, as: "manifest" }, descriptor);
      cache.set(digest, { descriptor, bytes });
      return { descriptor, subject: content.subject };
    },

    // What points at it first, so that a delete that stops half-way can be repeated.
    async delete(repository, digest, options) {
      protocol.assertWritable();
      const { bytes } = await manifests.get(repository, { kind: "digest", digest }, options);
      reliance.removed({ repository, digest, as: "manifest" });
      await tags.deleteAllOf(repository, digest, options);
      const subject = storedSubject(bytes);
      if (subject) await referrers.remove(repository, subject, digest, options);
      await driver.delete(foreignRevisionLinkKey(repository, digest), options);
      await driver.delete(revisionLinkKey(repository, digest), options);
    },
  };
  return manifests;
}

function unknown(reference: Reference): never {
  throw new RegistryError("manifest_unknown", "manifest unknown", { details: [{ detail: reference }] });
}
