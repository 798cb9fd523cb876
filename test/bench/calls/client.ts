/** What docker sends, step by step, to one registry or to several by turns. */
import assert from "node:assert/strict";
import { ACCEPT } from "../../e2e/support/content.ts";
import type { Content, Image } from "../../e2e/support/images.ts";

export interface Client {
  /** Rejects unless the answer has that status, or one of those. */
  ask(method: string, path: string, expected: number | readonly number[], more?: RequestInit): Promise<Response>;
}

/** Each request goes to the next of them. */
export function createClient(urls: readonly string[]): Client {
  let turn = 0;
  return {
    async ask(method, path, expected, more) {
      const url = new URL(path, urls[turn++ % urls.length]);
      const headers = { accept: ACCEPT, ...more?.headers };
      const response = await fetch(url, { method, redirect: "manual", ...more, headers });
      if (![expected].flat().includes(response.status))
        assert.fail(`${method} ${url}: ${response.status} ${await response.text()}`);
      if (method === "GET") await response.clone().arrayBuffer();
      return response;
    },
  };
}

export async function startUpload({ ask }: Client, repository: string): Promise<string> {
  return locationOf(await ask("POST", `/v2/${repository}/blobs/uploads/`, 202));
}

/** As containerd, buildkit and oras do. */
export async function pushInOneRequest(client: Client, repository: string, blob: Content): Promise<void> {
  const location = await startUpload(client, repository);
  await client.ask("PUT", withDigest(location, blob), 201, { body: blob.bytes });
}

/** As docker, podman and skopeo do: look, start, send, end. */
export async function pushInSteps(client: Client, repository: string, blob: Content): Promise<void> {
  await client.ask("HEAD", blobPath(repository, blob), 404);
  const location = await startUpload(client, repository);
  const sent = await client.ask("PATCH", location, 202, { body: blob.bytes });
  await client.ask("PUT", withDigest(locationOf(sent), blob), 201);
}

/** The client looks once more after each blob, as docker does. */
export async function pushImage(client: Client, repository: string, tag: string, image: Image): Promise<void> {
  for (const blob of image.parts) {
    await pushInSteps(client, repository, blob);
    await lookAtBlob(client, repository, blob);
  }
  await pushManifest(client, repository, tag, image);
}

export async function mountImage(
  client: Client,
  repository: string,
  from: string,
  tag: string,
  image: Image,
): Promise<void> {
  for (const blob of image.parts) await mount(client, repository, from, blob);
  await pushManifest(client, repository, tag, image);
}

export async function mount({ ask }: Client, repository: string, from: string, blob: Content): Promise<void> {
  await ask("POST", `/v2/${repository}/blobs/uploads/?mount=${blob.descriptor.digest}&from=${from}`, 201);
}

export async function pushManifest(
  { ask }: Client,
  repository: string,
  reference: string,
  { descriptor: { mediaType }, bytes }: Content,
): Promise<void> {
  const headers = { "content-type": mediaType };
  await ask("PUT", `/v2/${repository}/manifests/${reference}`, 201, { body: bytes, headers });
}

/** The manifest by its tag, and then all blobs, a few at a time as docker does. */
export async function pullImage(client: Client, repository: string, tag: string, image: Image): Promise<void> {
  const head = await client.ask("HEAD", `/v2/${repository}/manifests/${tag}`, 200);
  const digest = head.headers.get("docker-content-digest");
  await client.ask("GET", `/v2/${repository}/manifests/${digest}`, 200);
  const waiting = [...image.parts];
  const pullSome = async () => {
    for (let blob = waiting.shift(); blob; blob = waiting.shift()) await pullBlob(client, repository, blob);
  };
  await Promise.all([pullSome(), pullSome(), pullSome()]);
}

/** Followed to the store: a registry may notice, if it likes. */
export async function pullBlob({ ask }: Client, repository: string, blob: Content): Promise<void> {
  const redirect = await ask("GET", blobPath(repository, blob), 307);
  const response = await fetch(redirect.headers.get("location") ?? "");
  assert.equal((await response.arrayBuffer()).byteLength, blob.bytes.length);
}

/** distribution sends the client to the store for this as well. */
export async function lookAtBlob({ ask }: Client, repository: string, blob: Content): Promise<void> {
  await ask("HEAD", blobPath(repository, blob), [200, 307]);
}

export const blobPath = (repository: string, { descriptor: { digest } }: Content): string =>
  `/v2/${repository}/blobs/${digest}`;

function withDigest(location: string, { descriptor: { digest } }: Content): string {
  return `${location}${location.includes("?") ? "&" : "?"}digest=${digest}`;
}

function locationOf(response: Response): string {
  const { pathname, search } = new URL(response.headers.get("location") ?? "", response.url);
  return pathname + search;
}
