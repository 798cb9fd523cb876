/**
 * The names of repositories out of a flat listing: where repositories are small, a call shows hundreds of them. Where they are
 * large it shows one or two, and walking the tree is quicker.
 *
 * Keys sort as names do, but for `a`: `a/_manifests/` comes behind `a-b/_manifests/`, `a.b/` and `a/1/`. So what is read up to
 * some name is complete but for that name's beginnings: a handful, each looked up directly.
 */
import type { StorageDriver } from "../../drivers/contract.ts";
import type { RepositoryName } from "../oci/names.ts";
import { isEmpty } from "./content.ts";
import { manifestsPrefix, REPOSITORIES_PREFIX } from "./keys.ts";
import { byBytes } from "./name-order.ts";
import { LOOKS_AHEAD, namesOf, STRETCH, type WalkOptions, walkRepositories } from "./repository-walk.ts";

export interface ScanOptions extends Omit<WalkOptions, "holding"> {
  /** As many as the caller is likely to take: no more is read for them. */
  readonly wanted: number;
}

/** In the order of the walk, which it leaves the rest to when that is likely to be quicker. */
export async function* scanRepositories(driver: StorageDriver, options: ScanOptions): AsyncGenerator<RepositoryName> {
  const names = new Set<RepositoryName>();
  let told = options.last ?? "";
  let startAfter = REPOSITORIES_PREFIX + told;
  for (let calls = 1, found = 0; found >= (calls - 1) * LOOKS_AHEAD; calls++) {
    const stretch = await readStretch(driver, startAfter, options);
    for (const name of stretch.names) if (name > told) names.add(name);
    found += stretch.names.size;
    const { end } = stretch;
    for (const name of await findBeginnings(driver, end, told, names, options)) names.add(name);
    yield* takeUpTo(end, names);
    if (end === undefined) return;
    if (end > told) told = end;
    // What else the last one holds is passed over.
    startAfter = `${REPOSITORIES_PREFIX}${end}/_~`;
  }
  yield* walkRepositories(driver, { ...options, last: told });
}

/** Takes those up to `end` out of `names`, in order. */
function* takeUpTo(end: string | undefined, names: Set<RepositoryName>): Generator<RepositoryName> {
  for (const name of [...names].sort(byBytes)) {
    if (end !== undefined && name > end) return;
    names.delete(name);
    yield name;
  }
}

interface Stretch {
  /** Those with manifests in what was read. */
  readonly names: ReadonlySet<RepositoryName>;
  /** Where the last key that was read lies. `undefined`: there are no more. */
  readonly end: string | undefined;
}

async function readStretch(
  driver: StorageDriver,
  startAfter: string,
  { wanted, signal, stretch = STRETCH }: ScanOptions,
): Promise<Stretch> {
  const names = new Set<RepositoryName>();
  let keys = 0;
  for await (const { key } of driver.list(REPOSITORIES_PREFIX, { signal, startAfter, expected: stretch })) {
    const path = key.slice(REPOSITORIES_PREFIX.length).replace(/\/_.*/s, "");
    if (key.startsWith("/_manifests/", REPOSITORIES_PREFIX.length + path.length))
      for (const name of namesOf(path)) names.add(name);
    // Whether there is another key would be another call.
    if (++keys === stretch || names.size >= wanted) return { names, end: path };
  }
  return { names, end: undefined };
}

/** Of `end` and its beginnings, those that are repositories, and not among `names`. */
async function findBeginnings(
  driver: StorageDriver,
  end: string | undefined,
  last: string,
  names: ReadonlySet<RepositoryName>,
  { signal }: ScanOptions,
): Promise<readonly RepositoryName[]> {
  if (end === undefined) return [];
  const beginnings = Array.from(end.matchAll(/[-.]|\/(?=\d)/g), ({ index }) => end.slice(0, index));
  const candidates = [...beginnings, end].flatMap(namesOf).filter((name) => name > last && !names.has(name));
  const empty = await Promise.all(candidates.map((name) => isEmpty(driver, manifestsPrefix(name), { signal })));
  return candidates.filter((_, index) => !empty[index]);
}
