/** What is pushed into registries under test, and how. */
import assert from "node:assert/strict";
import { type Digest, type DigestAlgorithm, digestOf } from "../../src/oci/digest.ts";
import { DOCKER_IMAGE, OCI_IMAGE, OCI_INDEX } from "../../src/oci/media-types.ts";
import type { Answer, HttpClient } from "./registry-http.ts";

export const LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";
export const CONFIG = "application/vnd.oci.image.config.v1+json";
export const EMPTY_JSON = Buffer.from("{}");
const EMPTY_TYPE = "application/vnd.oci.empty.v1+json";

export interface DescriptorJson {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly [field: string]: unknown;
}

export function descriptorOf(
  bytes: Uint8Array,
  mediaType: string,
  { algorithm = "sha256", ...more }: { readonly algorithm?: DigestAlgorithm; readonly [field: string]: unknown } = {},
): DescriptorJson {
  return { mediaType, digest: digestOf(bytes, algorithm), size: bytes.length, ...more };
}

export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

export interface ImageParts {
  readonly config?: Uint8Array | undefined;
  readonly layers?: readonly Uint8Array[] | undefined;
  readonly mediaType?: string | undefined;
  readonly algorithm?: DigestAlgorithm | undefined;
  /** Further fields of the manifest. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
}

export function imageManifest({
  config = EMPTY_JSON,
  layers = [],
  mediaType = OCI_IMAGE,
  algorithm = "sha256",
  fields = {},
}: ImageParts = {}): Buffer {
  const configType = mediaType === DOCKER_IMAGE ? "application/vnd.docker.container.image.v1+json" : CONFIG;
  return json({
    schemaVersion: 2,
    mediaType,
    config: descriptorOf(config, configType, { algorithm }),
    layers: layers.map((layer) => descriptorOf(layer, LAYER, { algorithm })),
    ...fields,
  });
}

export function indexManifest(
  children: readonly DescriptorJson[],
  fields: Readonly<Record<string, unknown>> = {},
): Buffer {
  return json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: children, ...fields });
}

/** A referrer of `subject`: an artifact whose config and layer are the empty object. */
export function artifactManifest(
  subject: Pick<DescriptorJson, "mediaType" | "digest" | "size">,
  artifactType: string,
  fields: Readonly<Record<string, unknown>> = {},
): Buffer {
  return json({
    schemaVersion: 2,
    mediaType: OCI_IMAGE,
    artifactType,
    config: descriptorOf(EMPTY_JSON, EMPTY_TYPE),
    layers: [descriptorOf(EMPTY_JSON, EMPTY_TYPE)],
    subject,
    ...fields,
  });
}

/** In one request. */
export async function pushBlob(
  http: HttpClient,
  repository: string,
  bytes: Uint8Array,
  algorithm: DigestAlgorithm = "sha256",
): Promise<Digest> {
  const digest = digestOf(bytes, algorithm);
  const answer = await http.request("POST", `/v2/${repository}/blobs/uploads/?digest=${digest}`, { body: bytes });
  assert.equal(answer.status, 201, answer.body.toString());
  return digest;
}

/** The URL that the first chunk goes to. */
export async function startUpload(http: HttpClient, repository: string): Promise<string> {
  const answer = await http.request("POST", `/v2/${repository}/blobs/uploads/`);
  assert.equal(answer.status, 202, answer.body.toString());
  return answer.location;
}

export async function putManifest(
  http: HttpClient,
  repository: string,
  reference: string,
  bytes: Uint8Array,
  contentType: string = (JSON.parse(Buffer.from(bytes).toString("utf8")) as { mediaType: string }).mediaType,
): Promise<Answer> {
  const path = `/v2/${repository}/manifests/${reference}`;
  return await http.request("PUT", path, { body: bytes, headers: { "content-type": contentType } });
}

export async function pushManifest(
  http: HttpClient,
  repository: string,
  reference: string,
  bytes: Uint8Array,
  contentType?: string,
): Promise<Digest> {
  const answer = await putManifest(http, repository, reference, bytes, contentType);
  assert.equal(answer.status, 201, answer.body.toString());
  return answer.header("docker-content-digest") as Digest;
}

/** An image with its blobs, different for each `seed`. */
export async function pushImage(
  http: HttpClient,
  repository: string,
  reference?: string,
  seed: string = reference ?? "image",
): Promise<{ readonly digest: Digest; readonly bytes: Buffer }> {
  const config = json({ architecture: "amd64", os: "linux", seed });
  const layer = Buffer.from(`the layer of ${seed}`);
  await pushBlob(http, repository, config);
  await pushBlob(http, repository, layer);
  const bytes = imageManifest({ config, layers: [layer] });
  return { digest: await pushManifest(http, repository, reference ?? digestOf(bytes), bytes), bytes };
}

export function withDigest(location: string, digest: string): string {
  return `${location}${location.includes("?") ? "&" : "?"}digest=${encodeURIComponent(digest)}`;
}
