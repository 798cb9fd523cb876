import type { Bucket, StoredObject } from "./bucket.ts";
import type { Answer, Call } from "./call.ts";
import { header } from "./call.ts";
import { Failure } from "./failure.ts";
import type { Profile } from "./profiles.ts";
import { document, text } from "./xml.ts";

export function putObject(bucket: Bucket, key: string, call: Call, profile: Profile): Answer {
  if (profile.conditions.includes("put")) assertNew(bucket, key, call);
  const { etag } = bucket.put(key, call.body, contentTypeOf(call));
  return { status: 200, headers: { etag: `"${etag}"` } };
}

export function copyObject(buckets: ReadonlyMap<string, Bucket>, bucket: Bucket, key: string, call: Call): Answer {
  const source = sourceOf(buckets, call);
  const replaces = header(call, "x-amz-metadata-directive") === "REPLACE";
  if (!replaces && bucket.objects.get(key) === source) {
    throw new Failure(400, "InvalidRequest", "This copy request is illegal because it copies an object to itself.");
  }
  const { etag, lastModified } = bucket.put(key, source.bytes, contentTypeOf(call), source.etag);
  return { status: 200, body: document("CopyObjectResult", text("ETag", `"${etag}"`) + isoDate(lastModified)) };
}

export function getObject(bucket: Bucket, key: string, call: Call): Answer {
  const stored = bucket.objects.get(key);
  if (!stored) throw new Failure(404, "NoSuchKey");
  const headers = {
    etag: `"${stored.etag}"`,
    "last-modified": stored.lastModified.toUTCString(),
    "accept-ranges": "bytes",
    "content-type": call.query.get("response-content-type") ?? stored.contentType,
  };
  const range = rangeOf(header(call, "range"), stored.bytes.length);
  if (!range) return { status: 200, headers, body: stored.bytes };
  const [start, end] = range;
  const contentRange = `bytes ${start}-${end}/${stored.bytes.length}`;
  const body = stored.bytes.subarray(start, end + 1);
  return { status: 206, headers: { ...headers, "content-range": contentRange }, body };
}

/** What `x-amz-copy-source` names. */
export function sourceOf(buckets: ReadonlyMap<string, Bucket>, call: Call): StoredObject {
  const source = decodeURIComponent(header(call, "x-amz-copy-source") ?? "").replace(/^\//, "");
  const [, name = "", key = ""] = source.match(/^([^/]+)\/(.*)$/s) ?? [];
  const stored = buckets.get(name)?.objects.get(key);
  if (!stored) throw new Failure(404, "NoSuchKey");
  const expected = header(call, "x-amz-copy-source-if-match");
  if (expected !== undefined && expected.replaceAll('"', "") !== stored.etag)
    throw new Failure(412, "PreconditionFailed");
  return stored;
}

export function assertNew(bucket: Bucket, key: string, call: Call): void {
  if (header(call, "if-none-match") === "*" && bucket.objects.has(key)) throw new Failure(412, "PreconditionFailed");
}

export function contentTypeOf(call: Call): string {
  return header(call, "content-type") ?? "binary/octet-stream";
}

export function isoDate(date: Date, name = "LastModified"): string {
  return text(name, date.toISOString());
}

function rangeOf(value: string | undefined, size: number): readonly [start: number, end: number] | undefined {
  const [, first, last] = value?.match(/^bytes=(\d*)-(\d*)$/) ?? [];
  if (first === undefined || last === undefined || first + last === "") return undefined;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (start >= size || end < start) throw new Failure(416, "InvalidRange");
  return [start, end];
}
