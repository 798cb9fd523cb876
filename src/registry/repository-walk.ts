/**
 * The names of repositories, by their bytes, out of a tree of keys. A name sorts as it is, and what lies under it as `name/`:
 * `a`, `a-b`, `a/b`. A store rolls `a` and `a/b` up into one entry `a/`, behind `a-b/`: so the two are taken apart here.
 *
 * What a page costs does not depend on how many repositories there are: the children of a name are read a stretch at a time,
 * and of those only the next few are looked at.
 */
import type { CallOptions, Directories, ListOptions, StorageDriver } from "../../drivers/contract.ts";
import { RegistryError } from "../oci/errors.ts";
import { parseRepositoryName, type RepositoryName } from "../oci/names.ts";
import { isEmpty, unlessAbsent } from "./content.ts";
import { REPOSITORIES_PREFIX } from "./keys.ts";
import { beginningsOf, byBytes } from "./name-order.ts";

/** One that a repository had, as its directory is called. Changes with what is found. */
export interface LikelyTag {
  tag: string;
}

export const guessTag = (): LikelyTag => ({ tag: "latest/" });

export interface WalkOptions extends CallOptions {
  readonly last?: string | undefined;
  /** What a name must hold to count. Default: manifests, for that makes it a repository. */
  readonly holding?: "_manifests" | "_uploads" | undefined;
  /** Where it is known what the walk before has found. */
  readonly likely?: LikelyTag | undefined;
  /** Entries of a listing that come in one call. For tests that have no thousands of them. */
  readonly stretch?: number | undefined;
}

type Walk = WalkOptions & { readonly holding: NonNullable<WalkOptions["holding"]>; readonly likely: LikelyTag };

/** What most stores list in one call, keys and rolled-up children alike. */
export const STRETCH = 1000;
/** Where each child costs more than a line of the answer, no more of them than a page is likely to need. */
const STRETCH_OF_DIRECTORIES = 100;
/** Looked at together. */
export const LOOKS_AHEAD = 8;

const stretchOf = ({ directories }: StorageDriver, { stretch }: WalkOptions) =>
  stretch ?? (directories ? STRETCH_OF_DIRECTORIES : STRETCH);

export async function* walkRepositories(driver: StorageDriver, options: WalkOptions): AsyncGenerator<RepositoryName> {
  const { holding = "_manifests", likely = guessTag() } = options;
  yield* walkUnder(driver, "", { ...options, holding, likely });
}

/** `parent` is empty or ends in "/". */
async function* walkUnder(driver: StorageDriver, parent: string, options: Walk): AsyncGenerator<RepositoryName> {
  const { last = "" } = options;
  /** Of the names right under `parent`, all up to there are told. */
  let told = last;
  for await (const { children, late } of stretchesUnder(driver, parent, options)) {
    const look = createLooks(driver, children, options);
    const steps = [...children, ...children.map((child) => `${child}/`), ...late];
    for (const step of steps.sort(byBytes)) {
      if (isSubtree(step)) {
        if (isAhead(step, last) && (await look(step)).hasChildren) yield* walkUnder(driver, step, options);
      } else if (step > told) {
        told = step;
        if ((await look(step)).holds) yield* namesOf(step);
      }
    }
  }
}

const isSubtree = (step: string) => step.endsWith("/");

/** The greatest name in a subtree that begins before `last` could still come after it. */
const isAhead = (subtree: string, last: string) => subtree > last || last.startsWith(subtree);

interface Stretch {
  /** In the order of the listing. */
  readonly children: readonly string[];
  /** Names that sort into this stretch, but are listed behind it, if they are there at all. */
  readonly late: readonly string[];
}

/** Of the children of `parent`, those that are not wholly before `last`. */
async function* stretchesUnder(driver: StorageDriver, parent: string, options: WalkOptions): AsyncGenerator<Stretch> {
  const { last = "", signal } = options;
  const stretch = stretchOf(driver, options);
  const prefix = REPOSITORIES_PREFIX + parent;
  let children: string[] = [];
  for await (const component of componentsUnder(driver, prefix, { signal, startAfter: startUnder(parent, last) })) {
    // `_layers`, `_manifests` and `_uploads` belong to the parent.
    if (component.startsWith("_")) continue;
    children.push(parent + component);
    if (children.length < stretch) continue;
    yield { children, late: beginningsOf(parent + component, parent.length) };
    children = [];
  }
  yield { children, late: [] };
}

/** In the order of a listing. Of directories, some may hold nothing. `startAfter` begins with `prefix`. */
async function* componentsUnder(
  { directories, list }: Pick<StorageDriver, "directories" | "list">,
  prefix: string,
  { signal, startAfter = "" }: ListOptions,
): AsyncGenerator<string> {
  if (directories) {
    const after = startAfter.slice(prefix.length);
    for (const name of await directories.names(prefix, { signal }))
      if (name > after && isSubtree(name)) yield name.slice(0, -1);
    return;
  }
  for await (const { kind, key } of list(prefix, { signal, startAfter, delimiter: "/" }))
    if (kind === "prefix") yield key.slice(prefix.length, -1);
}

/** The child that `last` lies under is listed behind all those that its own name begins. */
function startUnder(parent: string, last: string): string | undefined {
  if (!last.startsWith(parent) || last === parent) return undefined;
  const end = last.indexOf("/", parent.length);
  return REPOSITORIES_PREFIX + (end === -1 ? last : `${last.slice(0, end)}.~`);
}

interface Look {
  readonly holds: boolean;
  readonly hasChildren: boolean;
}

/** Looks at the child that a step is about, and at those that will be asked for next. */
function createLooks(driver: StorageDriver, children: readonly string[], options: Walk) {
  const looks = new Map<string, Promise<Look>>();
  const places = new Map(children.map((child, index) => [child, index]));
  const start = (child: string): Promise<Look> => {
    const begun = looks.get(child);
    if (begun) return begun;
    const look = lookAt(driver, child, options);
    // Nobody may ever ask for it.
    look.catch(() => {});
    looks.set(child, look);
    return look;
  };
  return (step: string): Promise<Look> => {
    const child = isSubtree(step) ? step.slice(0, -1) : step;
    const place = places.get(child) ?? children.length;
    const look = start(child);
    for (const next of children.slice(place + 1, place + LOOKS_AHEAD)) void start(next);
    return look;
  };
}

async function lookAt(driver: StorageDriver, path: string, walk: Walk): Promise<Look> {
  const prefix = `${REPOSITORIES_PREFIX}${path}/`;
  const { holding, signal } = walk;
  if (driver.directories) {
    const names = await driver.directories.names(prefix, { signal });
    const holds = names.includes(`${holding}/`) && (await holdsObject(driver, driver.directories, prefix, walk));
    return { holds, hasChildren: names.some((name) => isSubtree(name) && !name.startsWith("_")) };
  }
  let [holds, hasChildren] = [false, false];
  for await (const component of componentsUnder(driver, prefix, { signal })) {
    if (component === holding) holds = true;
    else if (!component.startsWith("_")) hasChildren = true;
    if (hasChildren && component >= holding) break;
  }
  return { holds, hasChildren };
}

/** Most repositories have tags, that is the shortest way down to a manifest, and many have a tag that the one before has. */
async function holdsObject(
  driver: StorageDriver,
  directories: Directories,
  path: string,
  { holding, likely, signal }: Walk,
): Promise<boolean> {
  const held = `${path}${holding}/`;
  const isThere = async (tag: string): Promise<boolean> =>
    (await unlessAbsent(() => driver.head(`${held}tags/${tag}current/link`, { signal }))) !== undefined;
  if (holding !== "_manifests") return !(await isEmpty(driver, held, { signal }));
  if (await isThere(likely.tag)) return true;
  const [tag] = await directories.names(`${held}tags/`, { signal });
  if (tag === undefined || !(await isThere(tag))) return !(await isEmpty(driver, held, { signal }));
  likely.tag = tag;
  return true;
}

/** None, for what others put there. */
export function namesOf(path: string): readonly RepositoryName[] {
  try {
    return [parseRepositoryName(path)];
  } catch (error) {
    if (error instanceof RegistryError) return [];
    throw error;
  }
}
