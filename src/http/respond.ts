/** How answers are written: one call, headers and body together. */
import type { OutgoingHttpHeader, OutgoingHttpHeaders } from "node:http";
import { Readable } from "node:stream";
import type { Answer } from "./visit.ts";

const API = ["docker-distribution-api-version", "registry/2.0"];

/** Begins an answer. A name without a value is left out. */
export function writeHead(response: Answer, status: number, headers: OutgoingHttpHeaders): void {
  const { locals } = response;
  locals.answered = headers;
  // Node writes a flat list as it is, and looks after each name and value of any other form.
  const flat: OutgoingHttpHeader[] = ["x-request-id", locals.requestId, ...API];
  for (const [name, values] of locals.commonHeaders) if (!(name in headers)) flat.push(name, values as string[]);
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) flat.push(name, value);
  }
  response.writeHead(status, flat);
}

export function sendEmpty(response: Answer, status: number, headers: OutgoingHttpHeaders = {}): void {
  writeHead(response, status, status === 204 || status === 304 ? headers : { ...headers, "content-length": 0 });
  response.end();
}

export function sendJson(response: Answer, value: unknown, headers: OutgoingHttpHeaders = {}): void {
  sendBytes(response, Buffer.from(JSON.stringify(value)), { "content-type": "application/json", ...headers });
}

/** HEAD gets the headers. */
export function sendBytes(response: Answer, bytes: Buffer, headers: OutgoingHttpHeaders): void {
  writeHead(response, 200, { ...headers, "content-length": bytes.length });
  if (response.req.method === "HEAD") response.end();
  else if (bytes.length <= ONE_WRITE) response.end(bytes.toString("latin1"), "latin1");
  else if (bytes.length <= PIECE) response.end(bytes);
  else Readable.from(piecesOf(bytes)).pipe(response);
}

/** Node sends a text together with the headers, in one call of the kernel, and bytes in another. */
const ONE_WRITE = 16 * 1024;
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
