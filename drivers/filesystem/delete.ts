import type { WriteOptions } from "../contract.ts";
import { isDriverError } from "../errors.ts";
import { ignoring, unlink } from "./calls.ts";
import { pruneParents, syncDirectory } from "./directories.ts";
import { attempt } from "./errors.ts";
import { pathOf, type Store } from "./paths.ts";

const AT_ONCE = 16;

/** A directory, or what cannot be named, is no object. */
const NO_OBJECT: readonly string[] = ["ENOENT", "ENOTDIR", "EISDIR", "ENAMETOOLONG"];

export async function deleteObject(store: Store, key: string): Promise<void> {
  const changed = await removeObject(store, pathOf(store, key, "delete"));
  if (changed !== undefined) await syncDirectory(store.disk, changed);
}

/**
 * Goes on after a failure, so that as little as possible remains, and syncs each directory once. Where something transient
 * lay, more of it comes: that directory stays, and needs no sync.
 */
export async function deleteObjects(
  store: Store,
  keys: readonly string[],
  { signal, transient = false }: WriteOptions,
): Promise<void> {
  const changed = new Set<string>();
  const failures: unknown[] = [];
  const remaining = keys.values();
  const remove = async (key: string) => {
    const path = pathOf(store, key, "deleteMany");
    if (transient) return void (await removeFile(path));
    const directory = await removeObject(store, path);
    if (directory !== undefined) changed.add(directory);
  };
  const worker = async () => {
    for (const key of remaining) {
      try {
        await attempt("deleteMany", key, signal, () => remove(key));
      } catch (error) {
        failures.push(error);
        if (!isDriverError(error)) break;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, keys.length) }, worker));
  await Promise.all(Array.from(changed, (path) => syncDirectory(store.disk, path)));
  if (failures.length > 0) throw failures[0];
}

/** Answers with the directory that must be synced, if the object was there. */
async function removeObject(store: Store, path: string): Promise<string | undefined> {
  const removed = await removeFile(path);
  // Also when it was gone: a crash may have come between the object and its directory.
  const remaining = await pruneParents(store, path);
  return removed ? remaining : undefined;
}

/**
 * `undefined`: it was gone. Through the thread pool: the last name of a file, and a directory, may have to wait for what the
 * disk is just writing, and a large file takes its time.
 */
const removeFile = (path: string): Promise<boolean | undefined> =>
  ignoring(NO_OBJECT, async () => {
    await unlink(path);
    return true;
  });
