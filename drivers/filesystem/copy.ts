import { constants } from "node:fs";
import type { WrittenObject } from "../contract.ts";
import { close, copyFile, fsync, ignoring, link, open, unlink } from "./calls.ts";
import type { Disk } from "./disk.ts";
import { pathOf, type Store } from "./paths.ts";
import { inWorkplace, publish, staged, stampName } from "./publish.ts";
import { findFile } from "./read.ts";

/** Another device, a file of somebody else, too many names, or no such thing as a second name. */
const CANNOT_LINK: readonly string[] = ["EXDEV", "EPERM", "EMLINK", "ENOTSUP"];

/** Shares blocks with the source where the file system can, else copies inside the kernel. */
const COPY = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE;

export async function copyObject(
  store: Store,
  source: string,
  target: string,
  signal: AbortSignal | undefined,
): Promise<WrittenObject> {
  const from = pathOf(store, source, "copy");
  const to = pathOf(store, target, "copy");
  await findFile(store, source, "copy");
  return staged(store, async (name) => {
    const info = await cloneFile(store, from, name);
    signal?.throwIfAborted();
    await publishClone(store.disk, name, to);
    return info;
  });
}

/**
 * A second name for the file, or a second file. The name is as good: no file is ever changed, every write makes a new
 * one. Its one trace is that the source looks as young as the copy.
 */
export async function cloneFile(store: Store, from: string, name: string): Promise<WrittenObject> {
  if (store.hardLinks) {
    const linked = await ignoring(CANNOT_LINK, () =>
      inWorkplace(store, () => link(from, name)).then(() => stampName(store.disk, name)),
    );
    if (linked) return linked;
    await ignoring(["ENOENT"], () => unlink(name));
  }
  await inWorkplace(store, () => copyFile(from, name, COPY));
  const written = await stampName(store.disk, name);
  await syncFile(name);
  return written;
}

/** Renaming to another name of the same file does nothing and says nothing, so the old name is removed in any case. */
export async function publishClone(disk: Disk, name: string, target: string): Promise<void> {
  await publish(disk, name, target);
  await ignoring(["ENOENT"], () => unlink(name));
}

async function syncFile(path: string): Promise<void> {
  const fd = await open(path, "r+");
  try {
    await fsync(fd);
  } finally {
    await close(fd);
  }
}
