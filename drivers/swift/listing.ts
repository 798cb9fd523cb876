/** The container's listing, page by page, as Swift tells it. */
import * as z from "zod";
import { Refusal } from "./errors.ts";
import { drain, readJson } from "./http.ts";
import { call, type Store } from "./store.ts";

const objectListed = z.object({ name: z.string(), bytes: z.number(), last_modified: z.string() });
const directoryListed = z.object({ subdir: z.string() });
const page = z.array(z.union([objectListed, directoryListed]));

export type Listed = z.output<typeof page>[number];

export interface ListingQuery {
  readonly prefix: string;
  readonly delimiter?: "/" | undefined;
  /** Only what is greater, of names and of directories. */
  readonly after?: string | undefined;
  readonly expected?: number | undefined;
}

export async function* listPages(
  store: Store,
  { prefix, delimiter, after, expected = store.limits.page }: ListingQuery,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly Listed[]> {
  const longest = store.limits.page;
  let limit = Math.min(expected, longest);
  for (let marker = after; ; limit = longest) {
    const query = { format: "json", limit: String(limit), prefix, delimiter, marker };
    const answer = await call(store, { method: "GET", query, expect: [200, 204, 404], signal });
    if (answer.status === 404) {
      drain(answer);
      // Whatever the listing is for: it was there when the driver was opened, and Swift may not have heard of it in time.
      throw new Refusal("GET", 503, "the container was not found");
    }
    const entries = answer.status === 204 ? [] : page.parse(await readJson(answer));
    yield entries;
    if (entries.length < limit) return;
    marker = markerOf(entries.at(-1));
  }
}

function markerOf(entry: Listed | undefined): string | undefined {
  return entry && ("subdir" in entry ? entry.subdir : entry.name);
}

export async function listNames(
  store: Store,
  prefix: string,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const entries of listPages(store, { prefix }, signal)) {
    for (const entry of entries) if ("name" in entry) names.push(entry.name);
  }
  return names;
}
