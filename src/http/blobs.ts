/** end-2 and end-10: blobs. */
import type { OutgoingHttpHeaders } from "node:http";
import type { ByteRange } from "../../drivers/contract.ts";
import { type Digest, parseDigest } from "../oci/digest.ts";
import { isRegistryError } from "../oci/errors.ts";
import { OCTET_STREAM } from "../oci/media-types.ts";
import type { Exchange } from "./exchange.ts";
import { parseRange, type RequestedRange, resolveSuffix } from "./ranges.ts";
import { isNotModified, sendEmpty, writeHead } from "./respond.ts";

export async function headBlob({ registry, request, response, repository, last, signal }: Exchange): Promise<void> {
  const digest = parseDigest(last);
  const { size } = await registry.blobs.stat(repository, digest, { signal });
  if (isNotModified(request.headers["if-none-match"], etagOf(digest)))
    return sendEmpty(response, 304, validators(digest));
  writeHead(response, 200, { ...headersOf(digest), "content-length": size });
  response.end();
}

export async function getBlob(exchange: Exchange): Promise<void> {
  const { registry, response, repository, last, signal } = exchange;
  try {
    await sendBlob(exchange);
  } catch (error) {
    if (isRegistryError(error, "range_unsatisfiable") && !response.headersSent) {
      // RFC 9110 section 14.4.
      const { size } = await registry.blobs.stat(repository, parseDigest(last), { signal });
      response.setHeader("content-range", `bytes */${size}`);
    }
    throw error;
  }
}

async function sendBlob(exchange: Exchange): Promise<void> {
  const { registry, request, response, repository, last, mayRedirect, proxyReadsFiles, signal } = exchange;
  const { address } = response.locals;
  const digest = parseDigest(last);
  if (isNotModified(request.headers["if-none-match"], etagOf(digest))) {
    await registry.blobs.stat(repository, digest, { signal });
    return sendEmpty(response, 304, validators(digest));
  }
  const range = await requestedRange(exchange, digest);
  const isForStore = mayRedirect(address) && !countsFromEnd(parseRange(request.headers.range));
  const blob = await registry.blobs.open(repository, digest, {
    range,
    signal,
    client: isForStore ? address : undefined,
    byProxy: proxyReadsFiles(request),
  });
  if (blob.kind === "redirect") {
    return sendEmpty(response, 307, { location: blob.url.href, "docker-content-digest": digest, etag: etagOf(digest) });
  }
  if (blob.kind === "at_proxy")
    return sendEmpty(response, 200, { ...headersOf(digest), "x-accel-redirect": blob.path });
  const { body } = blob;
  const { size } = body.info;
  const { start, end } = body.range ?? { start: 0, end: size - 1 };
  writeHead(response, body.range ? 206 : 200, {
    ...headersOf(digest),
    "content-length": end - start + 1,
    ...(body.range && { "content-range": `bytes ${start}-${end}/${size}` }),
  });
  await body.sendTo(response, { signal });
  response.end();
}

export async function deleteBlob({ registry, response, repository, last, signal }: Exchange): Promise<void> {
  const digest = parseDigest(last);
  await registry.blobs.delete(repository, digest, { signal });
  sendEmpty(response, 202, { "docker-content-digest": digest });
}

/** A range is meant for the bytes that the client has the rest of: RFC 9110 section 13.1.5. */
async function requestedRange(
  { registry, request, repository, signal }: Exchange,
  digest: Digest,
): Promise<ByteRange | undefined> {
  const range = parseRange(request.headers.range);
  const condition = request.headers["if-range"];
  if (range === undefined || (condition !== undefined && condition !== etagOf(digest))) return undefined;
  if (!("suffix" in range)) return range;
  return resolveSuffix(range, (await registry.blobs.stat(repository, digest, { signal })).size);
}

/** Azure does not know such ranges. They ask for the last few bytes of archives that have their index there. */
function countsFromEnd(range: RequestedRange | undefined): boolean {
  return range !== undefined && "suffix" in range;
}

function etagOf(digest: Digest): string {
  return `"${digest}"`;
}

function validators(digest: Digest): OutgoingHttpHeaders {
  return { etag: etagOf(digest), "docker-content-digest": digest, "cache-control": "max-age=31536000" };
}

function headersOf(digest: Digest): OutgoingHttpHeaders {
  return { ...validators(digest), "content-type": OCTET_STREAM, "accept-ranges": "bytes" };
}
