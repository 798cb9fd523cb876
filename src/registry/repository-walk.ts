/**
 * The names of repositories, by their bytes, out of a tree of keys. A name sorts as it is, and what lies under it as `name/`:
 * `a`, `a-b`, `a/b`. A store rolls `a` and `a/b` up into one entry `a/`, behind `a-b/`: so the two are taken apart here.
 *
 * What a page costs does not depend on how many repositories there are: the children of a name are read a stretch at a time,
 * and of those only the next few are looked at.
 */
import type { CallOptions, StorageDriver } from "../../drivers/contract.ts";
import { RegistryError } from "../oci/errors.ts";
import { parseRepositoryName, type RepositoryName } from "../oci/names.ts";
import { REPOSITORIES_PREFIX } from "./keys.ts";
import { beginningsOf, byBytes } from "./name-order.ts";

export interface WalkOptions extends CallOptions {
  readonly last?: string | undefined;
  /** What a name must hold to count. Default: manifests, for that makes it a repository. */
  readonly holding?: "_manifests" | "_uploads" | undefined;
  /** Entries of a listing that come in one call. For tests that have no thousands of them. */
  readonly stretch?: number | undefined;
}

/** What most stores list in one call, keys and rolled-up children alike. */
export const STRETCH = 1000;
/** Where each child costs more than a line of the answer, no more of them than a page is likely to need. */
const STRETCH_OF_DIRECTORIES = 100;
/** Looked at together. */
export const LOOKS_AHEAD = 8;

const stretchOf = ({ hasDirectories }: StorageDriver, { stretch }: WalkOptions) =>
  stretch ?? (hasDirectories ? STRETCH_OF_DIRECTORIES : STRETCH);

export async function isEmpty(driver: StorageDriver, prefix: string, options?: CallOptions): Promise<boolean> {
  for await (const _ of driver.list(prefix, { ...options, expected: 1 })) return false;
  return true;
}

export async function* walkRepositories(driver: StorageDriver, options: WalkOptions): AsyncGenerator<RepositoryName> {
  yield* walkUnder(driver, "", options);
}

/** `parent` is empty or ends in "/". */
async function* walkUnder(driver: StorageDriver, parent: string, options: WalkOptions): AsyncGenerator<RepositoryName> {
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
  for await (const entry of driver.list(prefix, { signal, delimiter: "/", startAfter: startUnder(parent, last) })) {
    const component = entry.key.slice(prefix.length, -1);
    // `_layers`, `_manifests` and `_uploads` belong to the parent.
    if (entry.kind !== "prefix" || component.startsWith("_")) continue;
    children.push(parent + component);
    if (children.length < stretch) continue;
    yield { children, late: beginningsOf(parent + component, parent.length) };
    children = [];
  }
  yield { children, late: [] };
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
function createLooks(driver: StorageDriver, children: readonly string[], options: WalkOptions) {
  const looks = new Map<string, Promise<Look>>();
  const places = new Map(children.map((child, index) => [child, index]));
  const start = (child: string): Promise<Look> => {
    const look = looks.get(child) ?? lookAt(driver, child, options);
    looks.set(child, look);
    return look;
  };
  return (step: string): Promise<Look> => {
    const child = isSubtree(step) ? step.slice(0, -1) : step;
    const place = places.get(child) ?? children.length;
    const look = start(child);
    // Nobody may ever ask for them.
    for (const next of children.slice(place + 1, place + LOOKS_AHEAD)) start(next).catch(() => {});
    return look;
  };
}

async function lookAt(
  driver: StorageDriver,
  path: string,
  { holding = "_manifests", signal }: WalkOptions,
): Promise<Look> {
  const prefix = `${REPOSITORIES_PREFIX}${path}/`;
  let [holds, hasChildren] = [false, false];
  for await (const { kind, key } of driver.list(prefix, { signal, delimiter: "/" })) {
    const component = key.slice(prefix.length, -1);
    if (kind !== "prefix") continue;
    if (component === holding) holds = true;
    else if (!component.startsWith("_")) hasChildren = true;
    if (hasChildren && component >= holding) break;
  }
  return { holds, hasChildren };
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
