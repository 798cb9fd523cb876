/** Repositories come to be by their first manifest, and are found by walking the tree of their names. */
import type { CallOptions, StorageDriver } from "../../drivers/contract.ts";
import { RegistryError } from "../oci/errors.ts";
import { parseRepositoryName, type RepositoryName } from "../oci/names.ts";
import type { Page, PageRequest } from "../oci/pages.ts";
import { manifestsPrefix, REPOSITORIES_PREFIX } from "./keys.ts";

export interface WalkOptions extends CallOptions {
  readonly last?: string | undefined;
  /** What a name must hold to count. Default: manifests, for that makes it a repository. */
  readonly holding?: "_manifests" | "_uploads" | undefined;
}

export interface RepositoryStore {
  /** Whether it holds a manifest, or did. */
  exists(repository: RepositoryName, options?: CallOptions): Promise<boolean>;
  /** By bytes of the name. */
  list(page: PageRequest, options?: CallOptions): Promise<Page<RepositoryName>>;
  /** All of them, in the order of `list`, each found when it is asked for. */
  walk(options?: WalkOptions): AsyncIterable<RepositoryName>;
}

export function createRepositoryStore({ driver }: { readonly driver: StorageDriver }): RepositoryStore {
  async function isEmpty(prefix: string, options?: CallOptions): Promise<boolean> {
    for await (const _ of driver.list(prefix, options)) return false;
    return true;
  }

  const repositories: RepositoryStore = {
    exists: async (repository, options) => !(await isEmpty(manifestsPrefix(repository), options)),

    async list({ limit, last }, options) {
      if (limit === 0) return { entries: [] };
      const entries: RepositoryName[] = [];
      for await (const name of repositories.walk({ ...options, last })) {
        if (entries.length === limit) return { entries, next: entries.at(-1) };
        entries.push(name);
      }
      return { entries };
    },

    walk: (options = {}) => walkUnder(driver, "", options),
  };
  return repositories;
}

/**
 * `parent` is empty or ends in "/". A name sorts as it is, and what lies under it as `name/`: `a`, `a-b`, `a/b`. A store
 * rolls both up into one entry `a/`, so the two are taken apart here and sorted as the names sort.
 */
async function* walkUnder(driver: StorageDriver, parent: string, options: WalkOptions): AsyncGenerator<RepositoryName> {
  const { last = "", holding = "_manifests", signal } = options;
  const steps: string[] = [];
  for (const child of await childrenOf(driver, parent, { signal })) steps.push(child, `${child}/`);
  for (const step of steps.sort()) {
    const isSubtree = step.endsWith("/");
    if (!isSubtree && step > last && (await holds(driver, `${step}/${holding}/`, { signal }))) {
      const name = nameOf(step);
      if (name) yield name;
    }
    // The greatest name under it could still be before `last`.
    if (isSubtree && (step > last || last.startsWith(step))) yield* walkUnder(driver, step, options);
  }
}

async function childrenOf(driver: StorageDriver, parent: string, options: CallOptions): Promise<string[]> {
  const prefix = REPOSITORIES_PREFIX + parent;
  const children: string[] = [];
  for await (const entry of driver.list(prefix, { ...options, delimiter: "/" })) {
    const component = entry.key.slice(prefix.length, -1);
    // `_layers`, `_manifests` and `_uploads` belong to the parent.
    if (entry.kind === "prefix" && !component.startsWith("_")) children.push(parent + component);
  }
  return children;
}

async function holds(driver: StorageDriver, path: string, options: CallOptions): Promise<boolean> {
  for await (const _ of driver.list(`${REPOSITORIES_PREFIX}${path}`, options)) return true;
  return false;
}

/** What others put there is left alone. */
function nameOf(path: string): RepositoryName | undefined {
  try {
    return parseRepositoryName(path);
  } catch (error) {
    if (error instanceof RegistryError) return undefined;
    throw error;
  }
}
