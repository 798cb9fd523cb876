import type { ListEntry, ListOptions } from "../contract.ts";
import { assertPrefix, compareKeys } from "../keys.ts";
import { attempt } from "./errors.ts";
import { sendForJson } from "./http.ts";
import { infoOf, type Resource } from "./info.ts";
import { objectsPath, type Store } from "./store.ts";

const LIST_FIELDS = "items(name,size,generation,updated),prefixes,nextPageToken";

export async function* listObjects(store: Store, prefix: string, options: ListOptions): AsyncGenerator<ListEntry> {
  const { signal, startAfter } = options;
  assertPrefix(prefix, "list");
  signal?.throwIfAborted();
  let pageToken: string | undefined;
  do {
    const page = await attempt("list", prefix, signal, () => pageOf(store, prefix, options, pageToken));
    for (const entry of entriesOf(store, page)) {
      signal?.throwIfAborted();
      if (startAfter === undefined || compareKeys(entry.key, startAfter) > 0) yield entry;
    }
    pageToken = page.nextPageToken;
  } while (pageToken);
}

interface Page {
  readonly items?: readonly Resource[];
  readonly prefixes?: readonly string[];
  readonly nextPageToken?: string;
}

async function pageOf(
  store: Store,
  prefix: string,
  { delimiter, startAfter, signal, expected = store.limits.page }: ListOptions,
  pageToken: string | undefined,
): Promise<Page> {
  const { page } = store.limits;
  const query = {
    prefix: store.root + prefix,
    delimiter,
    startOffset: startAfter === undefined ? undefined : store.root + startOf(prefix, startAfter, delimiter),
    maxResults: String(pageToken === undefined ? Math.min(expected, page) : page),
    pageToken,
    fields: LIST_FIELDS,
  };
  return await sendForJson<Page>(store.connection, { method: "GET", path: objectsPath(store), query }, signal);
}

/** It is part of the listing if it exists. What is behind a prefix begins with the character after the delimiter. */
function startOf(prefix: string, startAfter: string, delimiter: "/" | undefined): string {
  const isRolledUp = delimiter !== undefined && startAfter.endsWith("/") && startAfter.length > prefix.length;
  return isRolledUp ? `${startAfter.slice(0, -1)}0` : startAfter;
}

/** Each of the two is in order, and nothing of the next page comes before anything of this one. */
function entriesOf({ root }: Store, { items = [], prefixes = [] }: Page): readonly ListEntry[] {
  const objects = items.map((item): ListEntry => {
    const key = (item.name ?? "").slice(root.length);
    const { size, lastModified } = infoOf("list", key, item);
    return { kind: "object", key, size, lastModified };
  });
  const directories = prefixes.map((name): ListEntry => ({ kind: "prefix", key: name.slice(root.length) }));
  return directories.length === 0 ? objects : [...objects, ...directories].sort((a, b) => compareKeys(a.key, b.key));
}
