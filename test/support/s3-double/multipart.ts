import { hash } from "node:crypto";
import type { Bucket, StoredPart, StoredUpload } from "./bucket.ts";
import { type Answer, type Call, header } from "./call.ts";
import { Failure } from "./failure.ts";
import { assertNew, contentTypeOf, isoDate, sourceOf } from "./objects.ts";
import type { Profile } from "./profiles.ts";
import { document, element, text, textsOf } from "./xml.ts";

export function createUpload(bucket: Bucket, key: string, call: Call): Answer {
  const id = bucket.begin(key, contentTypeOf(call));
  return { status: 200, body: document("InitiateMultipartUploadResult", text("UploadId", id)) };
}

export function putPart(bucket: Bucket, key: string, call: Call): Answer {
  const part = storePart(find(bucket, key, call), call, call.body);
  return { status: 200, headers: { etag: `"${part.etag}"` } };
}

export function copyPart(buckets: ReadonlyMap<string, Bucket>, bucket: Bucket, key: string, call: Call): Answer {
  const upload = find(bucket, key, call);
  const { bytes } = sourceOf(buckets, call);
  const [, start, end] = header(call, "x-amz-copy-source-range")?.match(/^bytes=(\d+)-(\d+)$/) ?? [];
  if (start !== undefined && Number(end) >= bytes.length) throw new Failure(400, "InvalidArgument");
  const part = storePart(upload, call, start === undefined ? bytes : bytes.subarray(Number(start), Number(end) + 1));
  return { status: 200, body: document("CopyPartResult", text("ETag", `"${part.etag}"`) + isoDate(new Date())) };
}

export function listParts(bucket: Bucket, key: string, call: Call): Answer {
  const { parts } = find(bucket, key, call);
  const listed = [...parts].map(([number, { etag, bytes }]) =>
    element("Part", text("PartNumber", number) + text("ETag", `"${etag}"`) + text("Size", bytes.length)),
  );
  return { status: 200, body: document("ListPartsResult", text("IsTruncated", "false") + listed.join("")) };
}

export function abortUpload(bucket: Bucket, key: string, call: Call): Answer {
  find(bucket, key, call);
  bucket.uploads.delete(call.query.get("uploadId") ?? "");
  return { status: 204 };
}

export function listUploads(bucket: Bucket, { query }: Call): Answer {
  const listed = [...bucket.uploads]
    .filter(([, upload]) => !upload.completed && upload.key.startsWith(query.get("prefix") ?? ""))
    .map(([id, { key, startedAt }]) =>
      element("Upload", text("Key", key) + text("UploadId", id) + isoDate(startedAt, "Initiated")),
    );
  return { status: 200, body: document("ListMultipartUploadsResult", text("IsTruncated", "false") + listed.join("")) };
}

export function completeUpload(bucket: Bucket, key: string, call: Call, profile: Profile): Answer {
  const id = call.query.get("uploadId") ?? "";
  const known = bucket.uploads.get(id);
  if (profile.ceph && !known)
    throw new Failure(500, "InternalError", "This multipart completion is already in progress");
  const upload = find(bucket, key, call, { completed: profile.ceph });
  if (profile.conditions.includes("complete")) assertNew(bucket, key, call);
  const parts = wantedParts(upload, call, profile);
  const digests = Buffer.concat(parts.map(({ etag }) => Buffer.from(etag, "hex")));
  const etag = `${hash("md5", digests, "hex")}-${parts.length}`;
  if (!upload.completed) {
    const whole = Buffer.concat(parts.map(({ bytes }) => bytes));
    const stored = bucket.put(key, whole, upload.contentType, etag);
    if (profile.ceph) upload.completed = stored;
    else bucket.uploads.delete(id);
  }
  const told = profile.ceph ? "" : `"${etag}"`;
  return { status: 200, body: document("CompleteMultipartUploadResult", text("Key", key) + text("ETag", told)) };
}

function wantedParts(upload: StoredUpload, call: Call, profile: Profile): StoredPart[] {
  const xml = call.body.toString();
  const numbers = textsOf(xml, "PartNumber").map(Number);
  const etags = textsOf(xml, "ETag").map((etag) => etag.replaceAll('"', ""));
  if (numbers.length === 0) throw new Failure(400, "MalformedXML");
  if (profile.ceph && numbers.length !== upload.parts.size) throw new Failure(400, "InvalidPart");
  const parts = numbers.map((number, index) => {
    const part = upload.parts.get(number);
    if (!part || part.etag !== etags[index]) throw new Failure(400, "InvalidPart");
    if (number <= (numbers[index - 1] ?? 0)) throw new Failure(400, "InvalidPartOrder");
    return part;
  });
  const [first] = parts;
  for (const [index, { bytes }] of parts.entries()) {
    const last = index === parts.length - 1;
    if (!last && bytes.length < profile.minPartSize) throw new Failure(400, "EntityTooSmall");
    const size = first?.bytes.length ?? 0;
    if (profile.equalParts && (last ? bytes.length > size && index > 0 : bytes.length !== size)) {
      throw new Failure(400, "InvalidPart", "All non-trailing parts must have the same length.");
    }
  }
  return parts;
}

function storePart(upload: StoredUpload, call: Call, bytes: Buffer): StoredPart {
  const number = Number(call.query.get("partNumber"));
  if (!(number >= 1 && number <= 10_000)) throw new Failure(400, "InvalidArgument");
  const part = { bytes, etag: hash("md5", bytes, "hex") };
  upload.parts.set(number, part);
  return part;
}

function find(bucket: Bucket, key: string, call: Call, also: { readonly completed?: boolean } = {}): StoredUpload {
  const upload = bucket.uploads.get(call.query.get("uploadId") ?? "");
  if (upload?.key === key && (!upload.completed || also.completed)) return upload;
  throw new Failure(404, "NoSuchUpload");
}
