/**
 * Names in the order of the spec from a store that sorts keys.
 *
 * A store that rolls keys up at "/" sorts `1.2-alpine/` and `1.2.1/` before `1.2/`, because "-" and "." are below "/";
 * the spec wants `1.2` first. The two orders differ only where one name is the beginning of another and the next character
 * is "-" or ".". So a stretch of the listing can be sorted here, and what may still be missing from it are the beginnings of
 * the last name read, cut at a "-" or ".": a handful of names, each looked up directly. A page therefore costs the same
 * whether there are ten names or a million.
 */
import type { CallOptions, StorageDriver } from "../../drivers/contract.ts";
import type { Page, PageRequest } from "../oci/pages.ts";

export interface NameListing<Name extends string> {
  readonly driver: StorageDriver;
  /** The names are the entries right under it. */
  readonly prefix: string;
  readonly page: PageRequest;
  /** `undefined` for an entry that is no name: it is left out. */
  readonly parse: (text: string) => Name | undefined;
  /** Whether that name is there now. */
  readonly isThere: (name: Name) => Promise<boolean>;
  readonly options?: CallOptions | undefined;
}

export async function nameOrderedPage<Name extends string>(listing: NameListing<Name>): Promise<Page<Name>> {
  const { limit, last = "" } = listing.page;
  if (limit === 0) return { entries: [] };
  const found = await readStretch(listing, last, limit + 1);
  const entries = found.slice(0, limit);
  return found.length > limit ? { entries, next: entries.at(-1) } : { entries };
}

/** The first `wanted` names after `last`, or all of them if there are fewer. */
async function readStretch<Name extends string>(
  listing: NameListing<Name>,
  last: string,
  wanted: number,
): Promise<Name[]> {
  const { driver, prefix, parse, options } = listing;
  const names = new Set<Name>();
  let lastRead = "";
  let complete = true;
  // Everything after `last` has a key greater than `last` without the slash, longer names with "-" and "." included, and `last` itself, rolled up.
  const from = { delimiter: "/", startAfter: prefix + last, expected: last === "" ? wanted : wanted + 1 } as const;
  for await (const entry of driver.list(prefix, { ...options, ...from })) {
    if (entry.kind !== "prefix") continue;
    lastRead = entry.key.slice(prefix.length, -1);
    const name = parse(lastRead);
    if (name !== undefined && name > last) names.add(name);
    if (names.size >= wanted) {
      complete = false;
      break;
    }
  }
  if (!complete) await addBeginnings(listing, lastRead, last, names);
  return [...names].sort(byBytes).slice(0, wanted);
}

/** Adds the names that the stretch up to `lastRead` ought to hold but whose keys come later. */
async function addBeginnings<Name extends string>(
  { parse, isThere }: NameListing<Name>,
  lastRead: string,
  last: string,
  names: Set<Name>,
): Promise<void> {
  const candidates = beginningsOf(lastRead)
    .map(parse)
    .filter((name) => name !== undefined && name > last && !names.has(name)) as Name[];
  const there = await Promise.all(candidates.map((name) => isThere(name)));
  for (const [i, name] of candidates.entries()) if (there[i]) names.add(name);
}

/** What sorts before `text` and is listed behind it: its beginnings, cut at a "-" or "." after the first `from` characters. */
export function beginningsOf(text: string, from = 0): string[] {
  const ends = Array.from(text.slice(from).matchAll(/(?<!^)[-.]/g), ({ index }) => from + index);
  return ends.map((end) => text.slice(0, end));
}

/** Names are ASCII, so code units are bytes. */
export function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
