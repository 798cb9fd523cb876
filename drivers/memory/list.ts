import type { ListEntry, ListOptions } from "../contract.ts";
import { assertPrefix, compareKeys } from "../keys.ts";
import type { Bucket } from "./bucket.ts";

export async function* listBucket(bucket: Bucket, prefix: string, options: ListOptions): AsyncGenerator<ListEntry> {
  const { signal, delimiter, startAfter } = options;
  assertPrefix(prefix, "list");
  let rolledUp: string | undefined;
  for (const key of bucket.keys()) {
    signal?.throwIfAborted();
    if (!key.startsWith(prefix)) continue;
    const cut = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
    const entryKey = cut === -1 ? key : key.slice(0, cut + 1);
    if (entryKey === rolledUp || (startAfter !== undefined && compareKeys(entryKey, startAfter) <= 0)) continue;

    if (cut === -1) {
      const stored = bucket.get(key);
      if (stored) yield { kind: "object", key, size: stored.info.size, lastModified: stored.info.lastModified };
    } else {
      rolledUp = entryKey;
      yield { kind: "prefix", key: entryKey };
    }
  }
}
