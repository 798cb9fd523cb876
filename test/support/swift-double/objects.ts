import { type Answer, type Call, header } from "../s3-double/call.ts";
import { httpDate } from "./clock.ts";
import { type Container, type Containers, md5, type StoredObject } from "./container.ts";
import { Failure } from "./failure.ts";
import { contentOf, dynamicManifestIn, manifestAnswer, readSegments, splitPath, unquoted } from "./large.ts";

export interface Limits {
  readonly objectSize: number;
  readonly nameLength: number;
  readonly segments: number;
  readonly listing: number;
  readonly bulkDeletes: number;
}

export function putObject(
  containers: Containers,
  container: Container,
  name: string,
  call: Call,
  limits: Limits,
): Answer {
  if (Buffer.byteLength(name) > limits.nameLength) {
    throw new Failure(400, `Object name length of ${Buffer.byteLength(name)} longer than ${limits.nameLength}`);
  }
  if (call.body.length > limits.objectSize) throw new Failure(413);
  if (Number(container.meta["x-container-meta-quota-bytes"] ?? Infinity) < call.body.length) {
    throw new Failure(413, "Upload exceeds quota.");
  }
  if (header(call, "if-none-match") === "*" && container.objects.has(name)) throw new Failure(412);
  const contentType = header(call, "content-type") ?? "application/octet-stream";
  if (call.query.get("multipart-manifest") === "put") {
    const { segments, etag } = readSegments(containers, call, limits.segments);
    const stored = container.put(name, { contentType, bytes: Buffer.from(JSON.stringify(segments)), segments });
    return created({ ...stored, etag });
  }
  const expected = header(call, "etag");
  if (expected !== undefined && unquoted(expected) !== md5(call.body)) throw new Failure(422);
  return created(container.put(name, { contentType, bytes: call.body, dynamic: dynamicManifestIn(call) }));
}

function created({ etag, timestamp }: StoredObject): Answer {
  return { status: 201, headers: { etag, "last-modified": httpDate(timestamp) } };
}

export function getObject(containers: Containers, container: Container, name: string, call: Call): Answer {
  const object = container.objects.get(name);
  if (!object) throw new Failure(404);
  const headers = headersOf(object);
  if (call.query.get("multipart-manifest") === "get" && object.segments) {
    return manifestAnswer(object.segments, headers);
  }
  const { bytes, etag } = contentOf(containers, object);
  const range = rangeIn(call, bytes.length);
  if (range === "unsatisfiable")
    throw new Failure(416, "", { headers: { "content-range": `bytes */${bytes.length}` } });
  if (range === undefined) return { status: 200, headers: { ...headers, etag }, body: bytes };
  const [start, end] = range;
  const partial = { ...headers, etag, "content-range": `bytes ${start}-${end}/${bytes.length}` };
  return { status: 206, headers: partial, body: bytes.subarray(start, end + 1) };
}

function headersOf({ contentType, timestamp, segments, dynamic }: StoredObject): Record<string, string> {
  return {
    "content-type": contentType,
    "last-modified": httpDate(timestamp),
    "x-timestamp": timestamp,
    "accept-ranges": "bytes",
    ...(segments ? { "x-static-large-object": "True" } : {}),
    ...(dynamic === undefined ? {} : { "x-object-manifest": encodeURI(dynamic) }),
  };
}

/** One range; others are ignored, as they may be. */
function rangeIn(call: Call, size: number): readonly [start: number, end: number] | "unsatisfiable" | undefined {
  const [, first = "", last = ""] = header(call, "range")?.match(/^bytes=(\d*)-(\d*)$/) ?? [];
  if (first === "" && last === "") return undefined;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size - 1 : Math.min(size - 1, Number(last));
  return start < size && start <= end ? [start, end] : "unsatisfiable";
}

export function deleteObject(container: Container, name: string): Answer {
  if (!container.delete(name)) throw new Failure(404);
  return { status: 204 };
}

/** A whole object, or a stretch of it, becomes one piece; of a manifest itself, another manifest of the same. */
export function copyObject(containers: Containers, container: Container, name: string, call: Call): Answer {
  const source = container.objects.get(name);
  if (!source) throw new Failure(404);
  const [targetContainer, target] = splitPath(
    decodeURIComponent(header(call, "destination") ?? "").replace(/^\/+/, ""),
  );
  const destination = containers.get(targetContainer);
  if (!destination || target === "") throw new Failure(destination ? 412 : 404);
  const expected = header(call, "if-match");
  const { etag } = contentOf(containers, source);
  if (expected !== undefined && unquoted(expected) !== unquoted(etag)) throw new Failure(412);
  const contentType = header(call, "content-type") ?? source.contentType;
  if (call.query.get("multipart-manifest") === "get") {
    return created(destination.put(target, { ...source, contentType }));
  }
  const { body } = getObject(containers, container, name, call);
  return created(destination.put(target, { contentType, bytes: Buffer.from(body ?? "") }));
}
