import type { ListEntry, ListOptions } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { assertPrefix, compareKeys } from "../keys.ts";
import { attempt } from "./errors.ts";
import { inWholeSeconds } from "./info.ts";
import { decoderOf } from "./list-encoding.ts";
import { askListing, type Listing, type ListingInput } from "./listing.ts";
import type { Store } from "./store.ts";

/** What AWS gives at most, and when nobody says how much: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
const LONGEST_PAGE = 1000;

interface Page {
  readonly entries: readonly ListEntry[];
  /** Where the next one begins, if there is one. */
  readonly token: string | undefined;
}

export async function* listObjects(store: Store, prefix: string, options: ListOptions): AsyncGenerator<ListEntry> {
  assertPrefix(prefix, "list");
  const { signal, startAfter } = options;
  let token: string | undefined;
  do {
    const page: Page = await attempt("list", prefix, signal, () => fetchPage(store, prefix, options, token));
    for (const entry of page.entries) {
      signal?.throwIfAborted();
      if (startAfter === undefined || compareKeys(entry.key, startAfter) > 0) yield entry;
    }
    token = page.token;
  } while (token !== undefined);
}

async function fetchPage(
  store: Store,
  prefix: string,
  { signal, startAfter, delimiter, expected = LONGEST_PAGE }: ListOptions,
  token: string | undefined,
): Promise<Page> {
  const { settings } = store;
  const from = startAfter === undefined ? undefined : skipRolledUp(prefix, startAfter, delimiter);
  const input: ListingInput = {
    Prefix: settings.root + prefix,
    EncodingType: "url",
    ...(delimiter && { Delimiter: delimiter }),
    ...(token === undefined
      ? {
          ...(from !== undefined && { StartAfter: settings.root + from }),
          ...(expected < LONGEST_PAGE && { MaxKeys: expected }),
        }
      : { ContinuationToken: token }),
  };
  const answer = await askListing(store, input, signal);
  if (answer.IsTruncated === undefined) {
    // Some proxy's page of welcome must not be taken for an empty bucket.
    throw new DriverError("unexpected", "list", { key: prefix, message: "the answer is no listing" });
  }
  if (answer.IsTruncated && !answer.NextContinuationToken) {
    const message = "the listing goes on, says the store, and does not say where";
    throw new DriverError("unexpected", "list", { key: prefix, message });
  }
  return {
    entries: entriesOf(answer, settings.root),
    token: answer.IsTruncated ? answer.NextContinuationToken : undefined,
  };
}

/** What lies below "a/" is rolled up to "a/", which is not greater than "a/b": so nothing below it is asked for. */
function skipRolledUp(prefix: string, startAfter: string, delimiter: "/" | undefined): string {
  if (delimiter === undefined || !startAfter.startsWith(prefix)) return startAfter;
  const cut = startAfter.indexOf(delimiter, prefix.length);
  return cut === -1 ? startAfter : `${startAfter.slice(0, cut + 1)}\u{10ffff}`;
}

function entriesOf(page: Listing, root: string): ListEntry[] {
  const decode = decoderOf(page.EncodingType);
  const keyOf = (name: string | undefined) => decode(name ?? "").slice(root.length);
  const objects = (page.Contents ?? []).map(({ Key, Size, LastModified }): ListEntry => {
    const key = keyOf(Key);
    if (!Number.isSafeInteger(Size) || LastModified === undefined) {
      // Taken for old, an upload that is under way would be removed.
      const message = "the store did not tell the size and the date of an object";
      throw new DriverError("unexpected", "list", { key, message });
    }
    return { kind: "object", key, size: Number(Size), lastModified: inWholeSeconds(LastModified) };
  });
  const prefixes = (page.CommonPrefixes ?? []).map(({ Prefix }): ListEntry => ({ kind: "prefix", key: keyOf(Prefix) }));
  if (prefixes.length === 0) return objects;
  return [...objects, ...prefixes].sort((a, b) => compareKeys(a.key, b.key));
}
