/** What the JSON API does with objects. */
import { type DoubleBucket, hashesOf, resourceOf, type StoredObject } from "./bucket.ts";
import { conditionNotMet, invalid, noObject } from "./failure.ts";
import { parseRelated } from "./related.ts";

const MOST_SOURCES = 32;
/** Small, so that copies take several calls. */
const REWRITTEN_AT_ONCE = 64 * 1024;

export interface Place {
  readonly bucketName: string;
  readonly bucket: DoubleBucket;
}

export function find({ bucket, bucketName }: Place, name: string): StoredObject {
  const object = bucket.get(name);
  if (!object) throw noObject(bucketName, name);
  return object;
}

export function insert({ bucket }: Place, query: URLSearchParams, contentType: string, body: Buffer) {
  const { metadata, bytes } = parseRelated(contentType, body);
  const { name = "", contentType: type = "application/octet-stream" } = metadata;
  const hashes: Readonly<Record<string, string>> = hashesOf(bytes);
  for (const hash of ["crc32c", "md5Hash"]) {
    const told = metadata[hash];
    if (told !== undefined && told !== hashes[hash]) {
      throw invalid(`Provided ${hash} hash "${told}" doesn't match calculated hash "${hashes[hash]}".`);
    }
  }
  if (name === "" || /[\r\n]/.test(name)) throw invalid("Invalid object name");
  assertGeneration(query, bucket.get(name));
  return resourceOf(bucket.set(name, bytes, type));
}

export function compose(place: Place, name: string, query: URLSearchParams, body: Buffer) {
  const request = JSON.parse(body.toString());
  const sources: readonly { name: string; generation?: string }[] = request.sourceObjects;
  if (sources.length < 1 || sources.length > MOST_SOURCES) throw invalid("The number of source components is wrong");
  const found = sources.map((source) => find(place, source.name));
  assertGeneration(query, place.bucket.get(name));
  const bytes = Buffer.concat(found.map(({ bytes }) => bytes));
  return resourceOf(place.bucket.set(name, bytes, request.destination?.contentType ?? "application/octet-stream"));
}

/** The token says how far it has come, and of which version. */
export function rewrite(place: Place, from: string, to: string, query: URLSearchParams) {
  const source = find(place, from);
  const token = query.get("rewriteToken");
  const [generation, done = "0"] = token === null ? [source.generation] : token.split("-");
  if (generation !== source.generation) throw invalid("The rewrite token is of another version of the source.");
  const total = Math.min(Number(done) + REWRITTEN_AT_ONCE, source.bytes.length);
  const progress = {
    kind: "storage#rewriteResponse",
    totalBytesRewritten: `${total}`,
    objectSize: `${source.bytes.length}`,
  };
  if (total < source.bytes.length) return { ...progress, done: false, rewriteToken: `${generation}-${total}` };
  assertGeneration(query, place.bucket.get(to));
  const resource = resourceOf(place.bucket.set(to, source.bytes, source.contentType));
  return { ...progress, done: true, resource };
}

/** 0: there must be none. */
function assertGeneration(query: URLSearchParams, found: StoredObject | undefined): void {
  const wanted = query.get("ifGenerationMatch");
  if (wanted !== null && wanted !== (found?.generation ?? "0")) throw conditionNotMet();
}
