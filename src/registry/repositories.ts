/** Repositories come to be by their first manifest, and are found by the keys that they have in the store. */
import type { CallOptions, StorageDriver } from "../../drivers/contract.ts";
import type { RepositoryName } from "../oci/names.ts";
import type { Page, PageRequest } from "../oci/pages.ts";
import { isEmpty } from "./content.ts";
import { manifestsPrefix } from "./keys.ts";
import { scanRepositories } from "./repository-scan.ts";
import { guessTag, type WalkOptions, walkRepositories } from "./repository-walk.ts";

export interface RepositoryStore {
  /** Whether it holds a manifest, or did. */
  exists(repository: RepositoryName, options?: CallOptions): Promise<boolean>;
  /** By bytes of the name. */
  list(page: PageRequest, options?: CallOptions): Promise<Page<RepositoryName>>;
  /** All of them, in the order of `list`, each found when it is asked for. */
  walk(options?: WalkOptions): AsyncIterable<RepositoryName>;
}

export function createRepositoryStore(
  { driver }: { readonly driver: StorageDriver },
  { stretch }: Pick<WalkOptions, "stretch"> = {},
): RepositoryStore {
  const likely = guessTag();
  return {
    exists: async (repository, options) => !(await isEmpty(driver, manifestsPrefix(repository), options)),

    async list({ limit, last }, options) {
      if (limit === 0) return { entries: [] };
      const from = { ...options, last, stretch, likely };
      const names = driver.directories
        ? walkRepositories(driver, from)
        : scanRepositories(driver, { ...from, wanted: limit + 1 });
      const entries: RepositoryName[] = [];
      for await (const name of names) {
        if (entries.length === limit) return { entries, next: entries.at(-1) };
        entries.push(name);
      }
      return { entries };
    },

    walk: (options = {}) => walkRepositories(driver, { ...options, stretch, likely }),
  };
}
