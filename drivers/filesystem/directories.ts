/** Directories come and go with the objects in them, and an entry is durable once its directory was synced. */
import { dirname } from "node:path";
import { close, codeOf, fsync, ignoring, mkdir, open, rmdir } from "./calls.ts";
import type { Store } from "./paths.ts";

/** A directory that is gone needs no sync: its entries were removed by somebody else. Some file systems cannot sync one. */
export async function syncDirectory(path: string): Promise<void> {
  const fd = await ignoring(["ENOENT"], open(path, "r"));
  if (fd === undefined) return;
  try {
    await ignoring(["EINVAL", "ENOTSUP"], fsync(fd));
  } finally {
    await close(fd);
  }
}

export async function makeDirectories(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  const changed: string[] = [];
  for (let created = path; created.length >= first.length; created = dirname(created)) changed.push(dirname(created));
  await Promise.all(changed.map(syncDirectory));
}

/** One by one: should the root itself be gone, then a disk is not mounted, and must not be filled from outside. */
export async function makeWorkplace({ root, tmp, uploads }: Pick<Store, "root" | "tmp" | "uploads">): Promise<void> {
  for (const path of [dirname(tmp), tmp, uploads]) await ignoring(["EEXIST"], mkdir(path));
  await Promise.all([syncDirectory(root || "/"), syncDirectory(dirname(tmp)), syncDirectory(tmp)]);
}

/**
 * Removes directories that became empty: distribution takes an empty tag directory for a tag. Answers with the one that
 * remains and has lost an entry.
 */
export async function pruneParents(root: string, path: string): Promise<string> {
  let directory = dirname(path);
  while (directory.length > root.length) {
    try {
      await rmdir(directory);
    } catch (error) {
      if (codeOf(error) !== "ENOENT") break;
    }
    directory = dirname(directory);
  }
  return directory;
}
