/** Looking, reading and short changes, in the way that suits the file system. */
import fs, { type Dirent, type Stats } from "node:fs";
import { sizeOf } from "../bytes.ts";
import {
  close,
  codeOf,
  fstat,
  futimes,
  ignoring,
  link,
  mkdir,
  open,
  read,
  readdir,
  rename,
  rmdir,
  stat,
  statfs,
  unlink,
  utimes,
  writeAll,
} from "./calls.ts";
import { createTurnBudget, type Soon } from "./turn-budget.ts";

export interface Disk {
  /** To be waited for before each call of many: where they are made at once, they take their time from several turns. */
  turn(): Soon<void>;
  open(path: string): Soon<number>;
  fstat(fd: number): Soon<Stats>;
  /** `undefined`: nothing has that name. */
  stat(path: string): Soon<Stats | undefined>;
  /** In no order. `undefined`: there is no such directory. */
  readdir(path: string): Soon<readonly Dirent[] | undefined>;
  read(fd: number, buffer: Uint8Array, position: number): Soon<number>;
  close(fd: number): Soon<void>;
  /** A new file, for writing. */
  create(path: string): Soon<number>;
  /** All of it, from the beginning of the file. */
  write(fd: number, pieces: readonly Uint8Array[]): Soon<void>;
  utimes(path: string, accessed: number, modified: number): Soon<void>;
  futimes(fd: number, accessed: number, modified: number): Soon<void>;
  rename(from: string, to: string): Soon<void>;
  link(from: string, to: string): Soon<void>;
  unlink(path: string): Soon<void>;
  /** And those above. Gives the first that was not there. */
  mkdir(path: string): Soon<string | undefined>;
  /** A directory. `false`: it is still there, as something is in it. */
  removeEmpty(path: string): Promise<boolean>;
}

const ABSENT: readonly string[] = ["ENOENT", "ENOTDIR"];

/** A pipe that somebody left there must not hold the call until it has a writer. */
const READ = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0);

/** For file systems in general: a server that does not answer must not stop this process. */
export const patientDisk: Disk = {
  turn: () => {},
  open: (path) => open(path, READ),
  fstat: (fd) => fstat(fd),
  stat: (path) => ignoring(ABSENT, () => stat(path)),
  readdir: (path) => ignoring([...ABSENT, "ENAMETOOLONG"], () => readdir(path, { withFileTypes: true })),
  read: async (fd, buffer, position) => (await read(fd, buffer, 0, buffer.length, position)).bytesRead,
  close: (fd) => close(fd),
  create: (path) => open(path, "wx"),
  write: (fd, pieces) => writeAll(fd, pieces, 0),
  utimes,
  futimes,
  rename,
  link,
  unlink,
  mkdir: (path) => mkdir(path, { recursive: true }),
  async removeEmpty(path) {
    try {
      await rmdir(path);
      return true;
    } catch (error) {
      return codeOf(error) === "ENOENT";
    }
  },
};

/** Milliseconds in a turn. What changes names goes into the journal in memory, and takes some ten times as long as a look. */
const { atOnce, turn } = createTurnBudget(0.25);
const { atOnce: changeAtOnce } = createTurnBudget(1);

/**
 * Where these calls mostly end in the kernel's caches, they are made at once. Measured on ext4: open, fstat, read and
 * close of a link file take 2 µs so, and 46 µs through the thread pool, where they also wait behind every fsync.
 */
export const localDisk: Disk = {
  turn,
  open: atOnce((path) => fs.openSync(path, READ), patientDisk.open),
  fstat: atOnce((fd) => fs.fstatSync(fd), patientDisk.fstat),
  stat: atOnce((path) => fs.statSync(path, { throwIfNoEntry: false }), patientDisk.stat),
  readdir: atOnce(readSmallDirectory, patientDisk.readdir),
  read: atOnce((fd, buffer, position) => fs.readSync(fd, buffer, 0, buffer.length, position), patientDisk.read),
  close: (fd) => fs.closeSync(fd),
  create: changeAtOnce((path) => fs.openSync(path, "wx"), patientDisk.create),
  write: changeAtOnce(writeLittle, patientDisk.write),
  utimes: changeAtOnce(fs.utimesSync, utimes),
  futimes: changeAtOnce(fs.futimesSync, futimes),
  rename: changeAtOnce(fs.renameSync, rename),
  link: changeAtOnce(fs.linkSync, link),
  unlink: changeAtOnce(fs.unlinkSync, unlink),
  mkdir: changeAtOnce((path) => fs.mkdirSync(path, { recursive: true }), patientDisk.mkdir),
  removeEmpty: async (path) => !(await hasDirectories(path)) && (await patientDisk.removeEmpty(path)),
};

/** Its own, and the dot in it. A directory in it adds one, unless the file system says 1 of all. */
const NAMES_OF_EMPTY = 2;

/** What a look says costs no thread its time. */
async function hasDirectories(path: string): Promise<boolean> {
  try {
    return ((await localDisk.stat(path))?.nlink ?? 0) > NAMES_OF_EMPTY;
  } catch {
    return false; // Who tries to remove it learns more.
  }
}

/** Bytes: what is longer may have to wait until the disk has taken what came before. */
const LITTLE = 64 * 1024;

function writeLittle(fd: number, pieces: readonly Uint8Array[]): Soon<void> {
  const size = sizeOf(pieces);
  if (size <= LITTLE && fs.writevSync(fd, pieces, 0) === size) return;
  return patientDisk.write(fd, pieces);
}

/** Bytes, as stat tells them: some hundred names, on most file systems. Larger ones are not for the main thread. */
const SMALL_DIRECTORY = 4096;

function readSmallDirectory(path: string): Soon<readonly Dirent[] | undefined> {
  try {
    const found = fs.statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return undefined;
    if (found.size <= SMALL_DIRECTORY) return fs.readdirSync(path, { withFileTypes: true });
  } catch {
    // It is asked again, and what that says is true as well.
  }
  return patientDisk.readdir(path);
}

/** By the magic numbers of statfs(2): ext2 to ext4, xfs, btrfs, f2fs, zfs, tmpfs, overlayfs. */
const LOCAL: ReadonlySet<number> = new Set([
  0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x2fc12fc1, 0x01021994, 0x794c7630,
]);

/** Elsewhere than on Linux the numbers say nothing: then nobody knows. */
export async function isLocal(path: string): Promise<boolean | undefined> {
  if (process.platform !== "linux") return undefined;
  const { type } = await statfs(path);
  return LOCAL.has(type >>> 0);
}
