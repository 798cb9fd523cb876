import type { ListEntry, ListOptions } from "../contract.ts";
import { assertPrefix, compareKeys } from "../keys.ts";
import { atOnce } from "./at-once.ts";
import { attempt } from "./errors.ts";
import { dateInListing } from "./info.ts";
import { type Listed, listPages } from "./listing.ts";
import { findObject } from "./read.ts";
import type { Store } from "./store.ts";

/** Looked at together. */
const STRETCH = 64;
const LOOKS_AT_ONCE = 16;

export async function* listObjects(store: Store, prefix: string, options: ListOptions): AsyncGenerator<ListEntry> {
  const { signal, delimiter, startAfter, expected } = options;
  const { files } = store.names;
  assertPrefix(prefix, "list");
  const after = startAfter === undefined ? undefined : files + startAfter;
  const pages = listPages(store, { prefix: files + prefix, delimiter, after, expected }, signal);
  for (;;) {
    const { value: page, done } = await attempt("list", prefix, signal, () => pages.next());
    if (done) return;
    const wanted = page.filter((listed) => isEntry(listed, files, startAfter));
    for (let start = 0; start < wanted.length; start += STRETCH) {
      const stretch = wanted.slice(start, start + STRETCH);
      const entries = await attempt("list", prefix, signal, () =>
        atOnce(LOOKS_AT_ONCE, stretch, (listed) => entryOf(store, listed, signal)),
      );
      for (const entry of entries) {
        signal?.throwIfAborted();
        if (entry) yield entry;
      }
    }
  }
}

/** A directory that holds what comes after `startAfter` is listed by Swift, also when its own name comes before. */
function isEntry(listed: Listed, files: string, startAfter: string | undefined): boolean {
  const key = keyOf(listed, files);
  // Some tools make objects of directories.
  if ("name" in listed && key.endsWith("/")) return false;
  return startAfter === undefined || compareKeys(key, startAfter) > 0;
}

function keyOf(listed: Listed, files: string): string {
  return ("subdir" in listed ? listed.subdir : listed.name).slice(files.length);
}

async function entryOf(store: Store, listed: Listed, signal: AbortSignal | undefined): Promise<ListEntry | undefined> {
  const key = keyOf(listed, store.names.files);
  if ("subdir" in listed) return { kind: "prefix", key };
  if (listed.bytes > 0) {
    return { kind: "object", key, size: listed.bytes, lastModified: dateInListing(listed.last_modified) };
  }
  // distribution's large objects are listed as if they were empty: their bytes are those of their segments.
  const found = await findObject(store, key, "list", signal);
  return found && { kind: "object", key, size: found.info.size, lastModified: found.info.lastModified };
}
