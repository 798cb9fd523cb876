import type { BlobItem, BlobPrefix, ContainerListBlobsOptions } from "@azure/storage-blob";
import type { ListEntry, ListOptions } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { assertPrefix, compareKeys } from "../keys.ts";
import { attempt } from "./errors.ts";
import { inByteOrder, lowPart } from "./order.ts";
import { callOptions, type Store } from "./store.ts";

export async function* listObjects(store: Store, prefix: string, options: ListOptions): AsyncGenerator<ListEntry> {
  const { signal, startAfter } = options;
  assertPrefix(prefix, "list");
  signal?.throwIfAborted();
  if (startAfter !== undefined && isBehind(prefix, startAfter)) return;
  for await (const entry of inByteOrder(entriesOf(store, prefix, options))) {
    signal?.throwIfAborted();
    if (startAfter === undefined || compareKeys(entry.key, startAfter) > 0) yield entry;
  }
}

/** Whether all keys with that prefix are before `startAfter`. */
function isBehind(prefix: string, startAfter: string): boolean {
  return !startAfter.startsWith(prefix) && compareKeys(prefix, startAfter) < 0;
}

async function* entriesOf(store: Store, prefix: string, options: ListOptions): AsyncGenerator<ListEntry> {
  let continuationToken: string | undefined;
  do {
    const page = await attempt("list", prefix, options.signal, () => pageOf(store, prefix, options, continuationToken));
    const objects = page.blobs.map((blob) => objectEntry(store, blob));
    const prefixes = page.prefixes.map(
      ({ name }): ListEntry => ({ kind: "prefix", key: name.slice(store.root.length) }),
    );
    yield* [...objects, ...prefixes].sort((a, b) => compareKeys(a.key, b.key));
    continuationToken = page.next;
  } while (continuationToken);
}

interface Page {
  readonly blobs: readonly BlobItem[];
  readonly prefixes: readonly BlobPrefix[];
  readonly next: string | undefined;
}

async function pageOf(
  { container, root, limits }: Store,
  prefix: string,
  { delimiter, startAfter, signal, expected = limits.page }: ListOptions,
  continuationToken: string | undefined,
): Promise<Page> {
  const from = startAfter === undefined ? undefined : startOf(prefix, startAfter, delimiter);
  const options: ContainerListBlobsOptions = {
    prefix: root + prefix,
    ...(from === undefined ? {} : { startFrom: root + from }),
    ...callOptions(signal),
  };
  const settings = continuationToken
    ? { continuationToken, maxPageSize: limits.page }
    : { maxPageSize: Math.min(expected, limits.page) };
  if (delimiter === undefined) {
    const { value } = await container.listBlobsFlat(options).byPage(settings).next();
    return { blobs: value.segment.blobItems, prefixes: [], next: value.continuationToken };
  }
  const { value } = await container.listBlobsByHierarchy(delimiter, options).byPage(settings).next();
  const { blobItems, blobPrefixes = [] } = value.segment;
  return { blobs: blobItems, prefixes: blobPrefixes, next: value.continuationToken };
}

/**
 * Where Azure may begin: at or before what is wanted, whichever order it has, and with a delimiter at one level only.
 * What it then lists too much, or all where it does not know the parameter, is left out here.
 */
function startOf(prefix: string, startAfter: string, delimiter: "/" | undefined): string | undefined {
  const low = lowPart(startAfter) ?? startAfter;
  const cut = delimiter === undefined ? -1 : low.indexOf(delimiter, prefix.length);
  const from = cut === -1 ? low : low.slice(0, cut);
  return from.startsWith(prefix) && from.length > prefix.length ? from : undefined;
}

function objectEntry({ root }: Store, { name, properties }: BlobItem): ListEntry {
  const { contentLength: size, lastModified } = properties;
  const key = name.slice(root.length);
  if (size === undefined) throw new DriverError("unexpected", "list", { key, message: "an entry without a size" });
  return { kind: "object", key, size, lastModified };
}
