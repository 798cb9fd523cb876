/** Images as clients push and pull them. */
import { forEachAtOnce } from "../../../drivers/at-once.ts";
import { manifestOf } from "../../e2e/support/images.ts";
import { type Blob, freshBlob, pushInSteps } from "./blobs.ts";
import type { Client } from "./http.ts";

export interface Image {
  readonly blobs: readonly Blob[];
  readonly manifest: Buffer;
  readonly digest: string;
}

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const LAYER = "application/vnd.oci.image.layer.v1.tar";
const CONFIG = "application/vnd.oci.image.config.v1+json";
const CONFIG_BYTES = 2000;
/** As docker does. */
const BLOBS_AT_ONCE = { push: 5, pull: 3 };

export function freshImage(layers: readonly number[]): Image {
  const config = freshBlob(CONFIG_BYTES);
  const blobs = layers.map(freshBlob);
  const describe =
    (mediaType: string) =>
    ({ digest, size }: Blob) => ({ mediaType, digest, size });
  const { descriptor, bytes } = manifestOf(MANIFEST, {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: describe(CONFIG)(config),
    layers: blobs.map(describe(LAYER)),
  });
  return { blobs: [...blobs, config], manifest: bytes, digest: descriptor.digest };
}

export async function pushImage(client: Client, repository: string, tag: string, image: Image): Promise<void> {
  await forEachAtOnce(image.blobs, BLOBS_AT_ONCE.push, async (blob) => {
    await client.ask({ method: "HEAD", path: blobPath(repository, blob), expected: 404 });
    await pushInSteps(client, repository, blob);
  });
  await pushManifest(client, repository, tag, image);
}

export async function pushManifest(
  client: Client,
  repository: string,
  tag: string,
  { manifest }: Image,
): Promise<void> {
  const body = { size: manifest.length, pieces: () => [manifest] };
  const headers = { "content-type": MANIFEST };
  await client.ask({ method: "PUT", path: `/v2/${repository}/manifests/${tag}`, expected: 201, headers, body });
}

/** Follows redirects to the store. */
export async function pullImage(client: Client, repository: string, tag: string, image: Image): Promise<void> {
  const path = (reference: string) => `/v2/${repository}/manifests/${reference}`;
  await client.ask({ method: "HEAD", path: path(tag), expected: 200, headers: ACCEPT });
  await client.ask({ method: "GET", path: path(image.digest), expected: 200, headers: ACCEPT });
  await forEachAtOnce(image.blobs, BLOBS_AT_ONCE.pull, (blob) => client.pull(blobPath(repository, blob), blob.size));
}

export const ACCEPT = { accept: MANIFEST };

export const blobPath = (repository: string, { digest }: { readonly digest: string }): string =>
  `/v2/${repository}/blobs/${digest}`;
