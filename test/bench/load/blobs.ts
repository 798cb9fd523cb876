/** Blobs that nobody has yet, and the two ways to push them. */
import { createHash, randomBytes } from "node:crypto";
import type { Body, Client } from "./http.ts";

export interface Blob extends Body {
  readonly digest: string;
}

const PIECE = 1024 * 1024;
/** The same for all: what is random is the beginning, and that makes the digest another. */
const filling = randomBytes(PIECE);
const FRESH_BYTES = 16;

export function freshBlob(size: number): Blob {
  const first = Buffer.concat([randomBytes(FRESH_BYTES), filling.subarray(FRESH_BYTES)]).subarray(0, size);
  function* pieces(): Generator<Buffer> {
    yield first;
    for (let left = size - first.length; left > 0; left -= PIECE) yield filling.subarray(0, Math.min(left, PIECE));
  }
  const sha256 = createHash("sha256");
  for (const piece of pieces()) sha256.update(piece);
  return { size, pieces, digest: `sha256:${sha256.digest("hex")}` };
}

export const freshBlobs = (count: number, size: number): Blob[] => Array.from({ length: count }, () => freshBlob(size));

export type Push = (client: Client, repository: string, blob: Blob) => Promise<void>;

/** As containerd, buildkit and oras do. */
export const pushInOneRequest: Push = async (client, repository, blob) => {
  const location = await startUpload(client, repository);
  await client.ask({ method: "PUT", path: withDigest(location, blob), expected: 201, headers: TYPE, body: blob });
};

/** As docker, podman and skopeo do. */
export const pushInSteps: Push = async (client, repository, blob) => {
  const location = await startUpload(client, repository);
  const sent = await client.ask({ method: "PATCH", path: location, expected: 202, headers: TYPE, body: blob });
  await client.ask({
    method: "PUT",
    path: withDigest(sent.headers.location ?? "", blob),
    expected: 201,
    body: NOTHING,
  });
};

const TYPE = { "content-type": "application/octet-stream" };
const NOTHING: Body = { size: 0, pieces: () => [] };

async function startUpload(client: Client, repository: string): Promise<string> {
  const path = `/v2/${repository}/blobs/uploads/`;
  const { headers } = await client.ask({ method: "POST", path, expected: 202, body: NOTHING });
  return headers.location ?? "";
}

const withDigest = (location: string, { digest }: Blob): string =>
  `${location}${location.includes("?") ? "&" : "?"}digest=${digest}`;
