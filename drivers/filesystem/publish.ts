/** From a finished file in tmp to an object. Every write ends here: put, create, copy and complete. */
import { randomUUID } from "node:crypto";
import type { Stats } from "node:fs";
import { dirname } from "node:path";
import type { WrittenObject } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { codeOf, ignoring } from "./calls.ts";
import { makeDirectories, makeWorkplace, oweSync, syncEntry } from "./directories.ts";
import type { Disk } from "./disk.ts";
import type { Store } from "./paths.ts";
import type { Soon } from "./turn-budget.ts";

const ATTEMPTS = 50;

type Move = (from: string, to: string) => Soon<void>;

/** Gives `work` an unused name in tmp, and takes the name back when it fails. */
export async function staged<T>(store: Store, work: (name: string) => Promise<T>): Promise<T> {
  const name = `${store.tmp}/${randomUUID()}`;
  try {
    return await work(name);
  } catch (error) {
    await ignoring(["ENOENT"], () => store.disk.unlink(name));
    throw error;
  }
}

/** Everything below `moorage` may be deleted at any time, and tmp with it. */
export async function inWorkplace<T>(store: Store, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    await makeWorkplace(store);
    return await work();
  }
}

/**
 * Makes a file as young as it should look, by the store's clock: the last change of its inode is just now. To be done before
 * it is synced: afterwards, the change may have to wait until the disk has the one before.
 */
export async function stamp(disk: Disk, fd: number): Promise<void> {
  const now = youngest(await disk.fstat(fd));
  await disk.futimes(fd, now, now);
}

/** The same, for a file that nobody has opened. */
export async function stampName(disk: Disk, name: string): Promise<WrittenObject> {
  const found = await existing(disk, name);
  const now = youngest(found);
  await disk.utimes(name, now, now);
  return { size: found.size };
}

/** A random part of a millisecond makes the version unique, since inode numbers are used again and clocks tick slowly. */
const youngest = ({ ctimeMs }: Stats): number => ctimeMs / 1e3 + Math.random() / 1e3;

interface PublishOptions {
  readonly move?: Move;
  /** As in the driver's contract. */
  readonly transient?: boolean | undefined;
}

/**
 * Moves the file to its key. Whether its directory is there, a look tells more cheaply than a move that fails. A delete may still
 * remove the empty directory before the file is in it: then again.
 */
export async function publish(
  disk: Disk,
  name: string,
  target: string,
  { move = disk.rename, transient = false }: PublishOptions = {},
): Promise<void> {
  const parent = dirname(target);
  const made: string[] = [];
  // Node says ENOTDIR of a directory that somebody removed meanwhile. If there is a file, the next move says so.
  const makeParent = async () =>
    made.push(...((await ignoring(["ENOENT", "ENOTDIR"], () => makeDirectories(disk, parent))) ?? []));
  try {
    if (!(await disk.stat(parent))) await makeParent();
    for (let attempt = 1; ; attempt++) {
      try {
        await move(name, target);
        break;
      } catch (error) {
        if (codeOf(error) !== "ENOENT" || attempt === ATTEMPTS) throw error;
      }
      await makeParent();
    }
  } finally {
    if (transient) oweSync(made);
    else await syncEntry(disk, parent, made);
  }
}

async function existing(disk: Disk, name: string) {
  const found = await disk.stat(name);
  if (found) return found;
  throw new DriverError("unavailable", "put", { message: "somebody removed a file that was being written" });
}
