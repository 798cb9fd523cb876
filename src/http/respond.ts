/** How answers are written: one call, headers and body together. */
import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { Readable } from "node:stream";

export function sendEmpty(response: ServerResponse, status: number, headers: OutgoingHttpHeaders = {}): void {
  response.writeHead(status, status === 204 || status === 304 ? headers : { ...headers, "content-length": 0 });
  response.end();
}

export function sendJson(response: ServerResponse, value: unknown, headers: OutgoingHttpHeaders = {}): void {
  sendBytes(response, Buffer.from(JSON.stringify(value)), { "content-type": "application/json", ...headers });
}

/** HEAD gets the headers. */
export function sendBytes(response: ServerResponse, bytes: Buffer, headers: OutgoingHttpHeaders): void {
  response.writeHead(200, { ...headers, "content-length": bytes.length });
  if (response.req.method === "HEAD") response.end();
  else if (bytes.length <= PIECE) response.end(bytes);
  else Readable.from(piecesOf(bytes)).pipe(response);
}

/** Over TLS, only a write that is over shows that the client takes what it gets: with one of megabytes, a slow one looks dead. */
const PIECE = 256 * 1024;

function* piecesOf(bytes: Buffer): Iterable<Buffer> {
  for (let start = 0; start < bytes.length; start += PIECE) yield bytes.subarray(start, start + PIECE);
}

/** RFC 9110 section 13.1.2, for a resource whose entity tag is its digest. */
export function isNotModified(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(",").some((part) => {
    const candidate = part.trim().replace(/^W\//, "");
    return candidate === "*" || candidate === etag || candidate === etag.slice(1, -1);
  });
}
