/** Static large objects: a manifest that names segments, with their sizes and sums, which Swift verifies. */
import { createHash } from "node:crypto";
import * as z from "zod";
import { atOnce } from "./at-once.ts";
import { type GroupName, newListName, type Segment } from "./groups.ts";
import { header, readJson } from "./http.ts";
import { NEW_OBJECT } from "./info.ts";
import { call, type Store, tell, WRITTEN } from "./store.ts";

const LISTS_AT_ONCE = 4;
/** Swift looks at each segment before it answers. */
const PATIENCE_MILLISECONDS = 5 * 60_000;

/** Of segments that are too many for one manifest: manifests of stretches of them, and so on. */
export interface Folded {
  /** What the manifest of the whole holds. */
  readonly segments: readonly Segment[];
  /** All manifests that were written on the way. */
  readonly lists: readonly Segment[];
}

export async function foldSegments(store: Store, group: GroupName, segments: readonly Segment[]): Promise<Folded> {
  const { segmentsOfManifest } = store.limits;
  if (segments.length <= segmentsOfManifest) return { segments, lists: [] };
  const stretches = Array.from({ length: Math.ceil(segments.length / segmentsOfManifest) }, (_, index) =>
    segments.slice(index * segmentsOfManifest, (index + 1) * segmentsOfManifest),
  );
  const lists = await atOnce(LISTS_AT_ONCE, stretches, async (stretch, index) => {
    const list = { name: newListName(group, index), size: sizeOfSegments(stretch), md5: sumOf(stretch) };
    await putManifest(store, list.name, stretch);
    return list;
  });
  const above = await foldSegments(store, group, lists);
  return { segments: above.segments, lists: [...lists, ...above.lists] };
}

/** Publishes the segments, in their order, as one object. */
export async function putManifest(store: Store, name: string, segments: readonly Segment[]): Promise<void> {
  const entries = segments.map(({ name, size, md5 }) => ({
    path: `/${store.names.container}/${name}`,
    size_bytes: size,
    etag: md5,
  }));
  await tell(store, {
    method: "PUT",
    name,
    query: { "multipart-manifest": "put" },
    headers: { ...NEW_OBJECT, accept: "application/json", etag: sumOf(segments) },
    body: [Buffer.from(JSON.stringify(entries))],
    patience: PATIENCE_MILLISECONDS,
    expect: WRITTEN,
  });
}

export function sizeOfSegments(segments: readonly Segment[]): number {
  return segments.reduce((sum, { size }) => sum + size, 0);
}

function sumOf(segments: readonly Segment[]): string {
  const hash = createHash("md5");
  for (const { md5 } of segments) hash.update(md5);
  return hash.digest("hex");
}

const manifest = z.array(z.looseObject({ name: z.string().optional(), sub_slo: z.boolean().default(false) }));

/** The names of all segments, and of the manifests among them. Empty if the object is not, or no longer, made of any. */
export async function readManifest(
  store: Store,
  name: string,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const query = { "multipart-manifest": "get" };
  const answer = await call(store, { method: "GET", name, query, expect: [200, 404], signal });
  if (answer.status === 404 || header(answer, "x-static-large-object") === undefined) {
    answer.body.destroy();
    return [];
  }
  const container = `/${store.names.container}/`;
  const entries = manifest.parse(await readJson(answer)).flatMap(({ name, sub_slo }) =>
    // What is in another container is none of ours.
    name?.startsWith(container) ? [{ name: name.slice(container.length), sub_slo }] : [],
  );
  const below = await atOnce(
    LISTS_AT_ONCE,
    entries.filter(({ sub_slo }) => sub_slo),
    (entry) => readManifest(store, entry.name, signal),
  );
  return [...entries.map((entry) => entry.name), ...below.flat()];
}
