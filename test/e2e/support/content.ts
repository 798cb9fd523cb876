/** What an image consists of, wherever it lies: for comparing what was pulled with what was pushed, byte for byte. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { digestOf } from "./images.ts";

export interface Source {
  manifest(reference: string): Promise<Buffer>;
  blob(digest: string): Promise<Buffer>;
}

type References = readonly { readonly digest: string }[] | null;

interface Document {
  readonly config?: { readonly digest: string };
  readonly layers?: References;
  readonly blobs?: References;
  readonly manifests?: References;
}

/** The digests of all that can be reached from a manifest, sorted. Rejects where bytes are not what their digest says. */
export async function digestsOf(source: Source, reference: string): Promise<string[]> {
  const found = new Set<string>();

  async function visit(reference: string): Promise<void> {
    const bytes = await source.manifest(reference);
    const digest = isDigest(reference) ? reference : digestOf(bytes);
    verify(bytes, digest);
    found.add(digest);
    const { config, layers, blobs, manifests }: Document = JSON.parse(bytes.toString("utf8"));
    for (const blob of [...(config ? [config] : []), ...(layers ?? []), ...(blobs ?? [])]) {
      if (found.has(blob.digest)) continue;
      verify(await source.blob(blob.digest), blob.digest);
      found.add(blob.digest);
    }
    for (const child of manifests ?? []) await visit(child.digest);
  }

  await visit(reference);
  return [...found].sort();
}

export function layoutSource(directory: string): Source {
  const read = (digest: string) => readFile(join(directory, "blobs", ...digest.split(":")));
  return { manifest: read, blob: read };
}

/** distribution gives OCI manifests only to those who ask for them. */
export const ACCEPT = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "*/*",
].join(", ");

export function registrySource(url: string, repository: string): Source {
  const get = async (path: string) => {
    const response = await fetch(`${url}/v2/${repository}/${path}`, { headers: { accept: ACCEPT } });
    const body = Buffer.from(await response.arrayBuffer());
    assert.equal(response.status, 200, `GET ${url}/v2/${repository}/${path}: ${body.subarray(0, 500)}`);
    return body;
  };
  return {
    manifest: (reference) => get(`manifests/${reference}`),
    blob: (digest) => get(`blobs/${digest}`),
  };
}

function verify(bytes: Buffer, digest: string): void {
  assert.equal(digestOf(bytes, digest.startsWith("sha512:") ? "sha512" : "sha256"), digest, "bytes and digest differ");
}

const isDigest = (reference: string) => reference.includes(":");
