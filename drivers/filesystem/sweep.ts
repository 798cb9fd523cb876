/** What a crash left behind in tmp. */
import { basename } from "node:path";
import { ignoring, readdir, rm, stat } from "./calls.ts";
import type { Store } from "./paths.ts";

const HOUR = 3_600_000;

/** No write takes that long. */
const FILE_LIFE = 24 * HOUR;
/** Whoever knows an upload ends it. This is for those that nobody knows, as a bucket's lifecycle rule would. */
const UPLOAD_LIFE = 30 * 24 * HOUR;

export async function sweepLeftovers(store: Store, now: number, signal: AbortSignal): Promise<void> {
  const uploads = basename(store.uploads);
  await sweep(store.tmp, now - FILE_LIFE, signal, (name) => name !== uploads);
  await sweep(store.uploads, now - UPLOAD_LIFE, signal, () => true);
}

/** By the change of the inode: a second name for an old file is a new name. */
async function sweep(directory: string, before: number, signal: AbortSignal, mayGo: (name: string) => boolean) {
  for (const name of (await ignoring(["ENOENT"], () => readdir(directory))) ?? []) {
    if (signal.aborted) return;
    const path = `${directory}/${name}`;
    const found = mayGo(name) ? await ignoring(["ENOENT"], () => stat(path)) : undefined;
    if (found && found.ctimeMs < before) await rm(path, { recursive: true, force: true });
  }
}
