/** The bytes of an object, or some of them. */
import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { hashesOf, type StoredObject } from "./bucket.ts";

export function sendMedia(
  response: ServerResponse,
  { bytes, contentType, generation, updated }: StoredObject,
  range: string | undefined,
  wantedType?: string | null,
): void {
  const { crc32c, md5Hash } = hashesOf(bytes);
  const headers = {
    "content-type": wantedType ?? contentType,
    "last-modified": updated.toUTCString(),
    "x-goog-generation": generation,
    "x-goog-hash": `crc32c=${crc32c},md5=${md5Hash}`,
    "x-goog-stored-content-length": String(bytes.length),
  };
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range ?? "") ?? [];
  if (from === undefined) return void send(response, 200, headers, bytes);
  const start = Number(from);
  if (start >= bytes.length) {
    return void send(response, 416, { ...headers, "content-range": `bytes */${bytes.length}` }, Buffer.alloc(0));
  }
  const end = Math.min(to === "" ? Number.POSITIVE_INFINITY : Number(to), bytes.length - 1);
  const part = bytes.subarray(start, end + 1);
  send(response, 206, { ...headers, "content-range": `bytes ${start}-${end}/${bytes.length}` }, part);
}

function send(response: ServerResponse, status: number, headers: OutgoingHttpHeaders, body: Buffer): void {
  response.writeHead(status, { ...headers, "content-length": body.length }).end(body);
}
