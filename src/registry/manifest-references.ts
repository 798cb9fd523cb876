/** What a manifest references has to be in its repository before the manifest is: OCI distribution-spec, "Pushing Manifests". */
import type { CallOptions, StorageDriver } from "../../drivers/contract.ts";
import type { ContentReference } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import type { ManifestContent } from "../oci/manifest.ts";
import { isNonDistributable, OCTET_STREAM } from "../oci/media-types.ts";
import type { RepositoryName } from "../oci/names.ts";
import type { BlobStore } from "./blobs.ts";
import { sizeOfContent } from "./content.ts";
import { readLink } from "./links.ts";
import type { Reliance } from "./reliance.ts";
import { findRevision } from "./revisions.ts";

/** distribution's `validation` section. */
export interface ReferencePolicy {
  /** Off: nothing is looked for. */
  readonly enabled: boolean;
  /** Which layers may say that they are elsewhere. Without either list: all. */
  readonly urls: { readonly allow: readonly RegExp[]; readonly deny: readonly RegExp[] };
  /** Which children of an index must be there. */
  readonly platforms: "all" | "none" | readonly { readonly os: string; readonly architecture: string }[];
}

export interface ManifestReferences {
  /** Whether anything is looked for at all. */
  readonly enabled: boolean;
  /** Rejects `manifest_blob_unknown` with one detail for each missing digest, `manifest_invalid` for a forbidden URL. */
  check(repository: RepositoryName, content: ManifestContent, options?: CallOptions): Promise<void>;
}

/** Whether a config or layer must be in the repository. */
export function isRequired({ mediaType, urls }: ContentReference): boolean {
  return urls.length === 0 && !isNonDistributable(mediaType);
}

/** A manifest of 4 MiB can name 40,000 digests. */
const LOOKS_AT_ONCE = 64;

export function createManifestReferences(
  {
    driver,
    blobs,
    reliance,
  }: { readonly driver: StorageDriver; readonly blobs: BlobStore; readonly reliance: Reliance },
  policy: ReferencePolicy,
): ManifestReferences {
  const findManifest = (repository: RepositoryName, digest: Digest, options?: CallOptions) =>
    reliance.onRecent({ repository, digest, as: "manifest" }, async () => {
      const target = await findRevision((key, at) => readLink(driver, key, at), repository, digest, options);
      const size = target && (await sizeOfContent(driver, target, options));
      return size === undefined ? undefined : { mediaType: OCTET_STREAM, digest, size };
    });

  /** Build caches are indexes whose children are layers, so a child may be either. */
  const isChildThere = async (repository: RepositoryName, digest: Digest, options?: CallOptions) =>
    (await findManifest(repository, digest, options)) !== undefined ||
    (await blobs.find(repository, digest, { ...options, recent: true })) !== undefined;

  return {
    enabled: policy.enabled,
    async check(repository, content, options) {
      if (!policy.enabled) return;
      checkUrls(content.blobs, policy);
      const layers = content.blobs.filter(isRequired);
      const children = content.manifests.filter((child) => isChildWanted(child, policy));
      const missing = [
        ...(await absent(
          layers,
          async ({ digest }) => (await blobs.find(repository, digest, { ...options, recent: true })) !== undefined,
        )),
        ...(await absent(children, ({ digest }) => isChildThere(repository, digest, options))),
      ];
      if (missing.length > 0) {
        throw new RegistryError(
          "manifest_blob_unknown",
          "the manifest references content that is not in the repository",
          {
            details: missing.map((digest) => ({ message: `push ${digest} first`, detail: { digest } })),
          },
        );
      }
    },
  };
}

async function absent(
  references: readonly ContentReference[],
  isThere: (reference: ContentReference) => Promise<boolean>,
): Promise<Digest[]> {
  const distinct = [...new Map(references.map((reference) => [reference.digest, reference])).values()];
  const missing: Digest[] = [];
  for (let i = 0; i < distinct.length; i += LOOKS_AT_ONCE) {
    const batch = distinct.slice(i, i + LOOKS_AT_ONCE);
    const there = await Promise.all(batch.map(isThere));
    missing.push(...batch.filter((_, at) => !there[at]).map(({ digest }) => digest));
  }
  return missing;
}

function checkUrls(blobs: readonly ContentReference[], { urls: { allow, deny } }: ReferencePolicy): void {
  const isAllowed = (url: string) =>
    (allow.length === 0 || allow.some((pattern) => pattern.test(url))) && !deny.some((pattern) => pattern.test(url));
  const refused = blobs.flatMap(({ urls }) => urls).filter((url) => !isAllowed(url));
  if (refused.length > 0) {
    throw new RegistryError(
      "manifest_invalid",
      "the manifest references layers at URLs that this registry does not allow",
      {
        details: refused.slice(0, 20).map((url) => ({ detail: { url: url.slice(0, 300) } })),
      },
    );
  }
}

function isChildWanted({ platform }: ContentReference, { platforms }: ReferencePolicy): boolean {
  if (platforms === "all" || platforms === "none") return platforms === "all";
  return platforms.some(({ os, architecture }) => platform?.os === os && platform.architecture === architecture);
}
