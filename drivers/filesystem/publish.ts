/** From a finished file in tmp to an object. Every write ends here: put, create, copy and complete. */
import { randomUUID } from "node:crypto";
import { dirname } from "node:path";
import type { ObjectInfo } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { codeOf, ignoring } from "./calls.ts";
import { makeDirectories, makeWorkplace, oweSync, syncEntry } from "./directories.ts";
import type { Disk } from "./disk.ts";
import { infoOf } from "./info.ts";
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
 * Makes the file at `name` as young as it should look, by the store's clock: the last change of its inode is just now.
 * A random part of a millisecond makes the version unique, since inode numbers are used again and clocks tick slowly.
 */
export async function stamp(disk: Disk, name: string): Promise<ObjectInfo> {
  const now = (await existing(disk, name)).ctimeMs / 1e3 + Math.random() / 1e3;
  await disk.utimes(name, now, now);
  return infoOf(await existing(disk, name));
}

interface PublishOptions {
  readonly move?: Move;
  /** As in the driver's contract. */
  readonly transient?: boolean | undefined;
}

/** Moves the file to its key. A delete may remove the empty directory before the file is in it: then again. */
export async function publish(
  disk: Disk,
  name: string,
  target: string,
  { move = disk.rename, transient = false }: PublishOptions = {},
): Promise<void> {
  const parent = dirname(target);
  const made: string[] = [];
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        await move(name, target);
        break;
      } catch (error) {
        if (codeOf(error) !== "ENOENT" || attempt === ATTEMPTS) throw error;
      }
      // Node says ENOTDIR of a directory that somebody removed meanwhile. If there is a file, the next move says so.
      made.push(...((await ignoring(["ENOENT", "ENOTDIR"], () => makeDirectories(disk, parent))) ?? []));
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
