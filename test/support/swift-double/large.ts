/** Objects that are made of others. */
import type { Answer, Call } from "../s3-double/call.ts";
import { header } from "../s3-double/call.ts";
import { type Container, type Containers, md5, type SegmentEntry, type StoredObject } from "./container.ts";
import { Failure } from "./failure.ts";

/** What a reader gets of an object, whatever it is made of. */
export interface Content {
  readonly bytes: Buffer;
  /** As in the header: in quotes, if it is the sum of sums. */
  readonly etag: string;
}

export function contentOf(containers: Containers, object: StoredObject): Content {
  if (object.segments) return staticContent(containers, object.segments);
  if (object.dynamic === undefined) return { bytes: object.bytes, etag: object.etag };
  const [container, prefix] = splitPath(object.dynamic);
  const pieces = dynamicSegments(containers.get(container), prefix).map((segment) => contentOf(containers, segment));
  const etag = `"${md5(...pieces.map((piece) => unquoted(piece.etag)))}"`;
  return { bytes: Buffer.concat(pieces.map(({ bytes }) => bytes)), etag };
}

function dynamicSegments(container: Container | undefined, prefix: string): readonly StoredObject[] {
  return (container?.namesFrom(prefix) ?? []).flatMap((name) => container?.objects.get(name) ?? []);
}

function staticContent(containers: Containers, segments: readonly SegmentEntry[]): Content {
  const pieces = segments.map(({ name, hash }) => {
    const [container, object] = splitPath(name.slice(1));
    const stored = containers.get(container)?.objects.get(object);
    const content = stored && contentOf(containers, stored);
    if (content && unquoted(content.etag) === hash) return content.bytes;
    throw new Failure(409);
  });
  return { bytes: Buffer.concat(pieces), etag: `"${md5(...segments.map(({ hash }) => hash))}"` };
}

/** `?multipart-manifest=put` */
export function readSegments(
  containers: Containers,
  { body, headers }: Call,
  longest: number,
): { readonly segments: readonly SegmentEntry[]; readonly etag: string } {
  const wanted: readonly { path: string; etag?: string; size_bytes?: number }[] = JSON.parse(body.toString());
  if (wanted.length > longest) throw new Failure(413, `Number of object-backed segments must be <= ${longest}`);
  const errors: [string, string][] = [];
  const segments = wanted.map(({ path, etag, size_bytes }, index) => {
    const [container, name] = splitPath(path.replace(/^\/+/, ""));
    const stored = containers.get(container)?.objects.get(name);
    const content = stored && contentOf(containers, stored);
    const hash = content ? unquoted(content.etag) : "";
    if (!content) errors.push([path, "404 Not Found"]);
    else if (content.bytes.length === 0 && index < wanted.length - 1) errors.push([path, "Too small"]);
    else if (size_bytes !== undefined && size_bytes !== content.bytes.length) errors.push([path, "Size Mismatch"]);
    else if (etag !== undefined && etag !== hash) errors.push([path, "Etag Mismatch"]);
    const entry = { name: `/${container}/${name}`, bytes: content?.bytes.length ?? 0, hash };
    return stored?.segments ? { ...entry, sub_slo: true as const } : entry;
  });
  if (errors.length > 0) throw new Failure(400, JSON.stringify({ Errors: errors }));
  const etag = md5(...segments.map(({ hash }) => hash));
  if (headers.etag !== undefined && unquoted(headers.etag) !== etag) throw new Failure(422);
  return { segments, etag: `"${etag}"` };
}

/** `?multipart-manifest=get` of a static one. */
export function manifestAnswer(segments: readonly SegmentEntry[], headers: Readonly<Record<string, string>>): Answer {
  const body = JSON.stringify(segments);
  return { status: 200, headers: { ...headers, etag: md5(body), "content-type": "application/json" }, body };
}

export function dynamicManifestIn(call: Call): string | undefined {
  const value = header(call, "x-object-manifest");
  return value === undefined ? undefined : decodeURIComponent(value);
}

/** Container and object. */
export function splitPath(path: string): readonly [container: string, object: string] {
  const [container = "", object = ""] = path.split(/\/(.*)/s);
  return [container, object];
}

export function unquoted(etag: string): string {
  return etag.replaceAll('"', "");
}
