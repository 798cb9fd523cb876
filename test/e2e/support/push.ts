/** Pushing over plain HTTP: content that no client would make. */
import assert from "node:assert/strict";
import type { Content, Image } from "./images.ts";
import { contentsOf } from "./layouts.ts";

const isManifest = (content: Content | Image) => "parts" in content;

/** Pushes the image and all that it consists of. Without a tag: by its digest. */
export async function pushImage(url: string, repository: string, image: Image, tag?: string): Promise<void> {
  for (const content of contentsOf(image)) {
    if (content === image) await pushManifest(url, repository, content, tag);
    else if (isManifest(content)) await pushManifest(url, repository, content);
    else await pushBlob(url, repository, content);
  }
}

export async function pushBlob(url: string, repository: string, { descriptor, bytes }: Content): Promise<void> {
  const started = await send(`${url}/v2/${repository}/blobs/uploads/`, { method: "POST" }, 202);
  const target = new URL(started.headers.get("location") ?? "", url);
  target.searchParams.set("digest", descriptor.digest);
  await send(target.href, { method: "PUT", body: bytes, headers: { "content-type": "application/octet-stream" } }, 201);
}

export async function pushManifest(
  url: string,
  repository: string,
  { descriptor: { mediaType, digest }, bytes }: Content,
  tag = digest,
): Promise<void> {
  const target = `${url}/v2/${repository}/manifests/${tag}`;
  await send(target, { method: "PUT", body: bytes, headers: { "content-type": mediaType } }, 201);
}

export async function deleteManifest(url: string, repository: string, reference: string): Promise<void> {
  await send(`${url}/v2/${repository}/manifests/${reference}`, { method: "DELETE" }, 202);
}

async function send(url: string, request: RequestInit, expected: number): Promise<Response> {
  const response = await fetch(url, request);
  const body = await response.text();
  assert.equal(response.status, expected, `${request.method} ${url}: ${body}`);
  return response;
}
