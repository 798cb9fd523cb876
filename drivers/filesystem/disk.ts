/** Looking and reading, in the way that suits the file system. */
import fs, { type BigIntStats, type Dirent } from "node:fs";
import { close, fstat, ignoring, open, read, readdir, stat, statfs } from "./calls.ts";

type Soon<T> = T | Promise<T>;

export interface Disk {
  open(path: string): Soon<number>;
  fstat(fd: number): Soon<BigIntStats>;
  /** `undefined`: nothing has that name. */
  stat(path: string): Soon<BigIntStats | undefined>;
  /** In no order. `undefined`: there is no such directory. */
  readdir(path: string): Soon<readonly Dirent[] | undefined>;
  read(fd: number, buffer: Uint8Array, position: number): Soon<number>;
  close(fd: number): Soon<void>;
}

const ABSENT: readonly string[] = ["ENOENT", "ENOTDIR"];

/** A pipe that somebody left there must not hold the call until it has a writer. */
const READ = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0);

/** For file systems in general: a server that does not answer must not stop this process. */
export const patientDisk: Disk = {
  open: (path) => open(path, READ),
  fstat: (fd) => fstat(fd, { bigint: true }),
  stat: (path) => ignoring(ABSENT, stat(path, { bigint: true })),
  readdir: (path) => ignoring([...ABSENT, "ENAMETOOLONG"], readdir(path, { withFileTypes: true })),
  read: async (fd, buffer, position) => (await read(fd, buffer, 0, buffer.length, position)).bytesRead,
  close: (fd) => close(fd),
};

/**
 * Where these calls mostly end in the kernel's caches, they are made at once. Measured on ext4: open, fstat, read and
 * close of a link file take 2 µs so, and 46 µs through the thread pool, where they also wait behind every fsync.
 */
export const localDisk: Disk = {
  open: atOnce((path) => fs.openSync(path, READ), patientDisk.open),
  fstat: atOnce((fd) => fs.fstatSync(fd, { bigint: true }), patientDisk.fstat),
  stat: atOnce((path) => fs.statSync(path, { bigint: true, throwIfNoEntry: false }), patientDisk.stat),
  readdir: atOnce(readSmallDirectory, patientDisk.readdir),
  read: atOnce((fd, buffer, position) => fs.readSync(fd, buffer, 0, buffer.length, position), patientDisk.read),
  close: (fd) => fs.closeSync(fd),
};

/** Milliseconds in a turn of the event loop: beyond them a disk is slow, or somebody reads in a loop without a pause. */
const PATIENCE = 0.25;

function atOnce<A extends unknown[], T>(
  now: (...args: A) => Soon<T>,
  later: (...args: A) => Soon<T>,
): (...args: A) => Soon<T> {
  return (...args) => {
    if (left <= 0) return later(...args);
    if (left === PATIENCE) setImmediate(refill);
    const begun = performance.now();
    try {
      return now(...args);
    } finally {
      left -= performance.now() - begun;
    }
  };
}

let left = PATIENCE;

function refill(): void {
  left = PATIENCE;
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
