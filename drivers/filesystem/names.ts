/** What a directory holds, in the order of the keys. Large directories that rest are remembered: reading them takes long. */
import { compareKeys } from "../keys.ts";
import { localDisk } from "./disk.ts";
import { RESERVED, type Store } from "./paths.ts";

/** Those of directories end in "/", which puts them in their place. */
export type Names = readonly string[];

/** Where comparing UTF-16 units, which is fast, is not comparing bytes. */
const BEYOND_UNITS = /[\ud800-\uffff]/;

/** Names; fewer are read as fast as they are asked about. */
const LARGE = 256;
/** Names of all remembered directories: some ten megabytes. */
const MOST_REMEMBERED = 250_000;
/** Longer than any step of the clock that dates changes. */
const REST_MILLISECONDS = 2000;

interface Remembered {
  readonly ino: number;
  readonly mtimeMs: number;
  readonly names: Names;
}

export class LargeDirectories {
  readonly #remembered = new Map<string, Remembered>();
  #count = 0;

  get(path: string): Remembered | undefined {
    return this.#remembered.get(path);
  }

  /** The one that was remembered first has to go first. */
  set(path: string, directory: Remembered): void {
    this.delete(path);
    this.#remembered.set(path, directory);
    this.#count += directory.names.length;
    for (const oldest of this.#remembered.keys()) if (this.#count > MOST_REMEMBERED) this.delete(oldest);
  }

  delete(path: string): void {
    this.#count -= this.#remembered.get(path)?.names.length ?? 0;
    this.#remembered.delete(path);
  }
}

/** None, for what is no directory or has vanished. `directory` is empty or ends in "/". */
export async function namesIn(store: Store, directory: string): Promise<Names> {
  if (directory.startsWith(`${RESERVED}/`)) return [];
  const path = `${store.root}/${directory}`;
  const known = store.largeDirectories.get(path);
  if (known) {
    const now = await store.disk.stat(path);
    if (now?.ino === known.ino && now.mtimeMs === known.mtimeMs) return known.names;
    store.largeDirectories.delete(path);
  }
  const begunAt = Date.now();
  const { names, hasLinks } = await readNames(store, directory);
  if (names.length >= LARGE && !hasLinks) await remember(store, path, names, begunAt);
  return names;
}

async function readNames(store: Store, directory: string): Promise<{ names: Names; hasLinks: boolean }> {
  const names: string[] = [];
  let [hasLinks, isPlain] = [false, true];
  // None: vanished in the meantime, or not a name in UTF-8, and then the name that was read is nobody's.
  for (const entry of (await store.disk.readdir(`${store.root}/${directory}`)) ?? []) {
    const { name } = entry;
    const isLink = entry.isSymbolicLink();
    const seen = isLink ? await store.disk.stat(`${store.root}/${directory}${name}`) : entry;
    if (isLink) hasLinks = true;
    if (BEYOND_UNITS.test(name)) isPlain = false;
    if (seen?.isFile()) names.push(name);
    if (seen?.isDirectory() && directory + name !== RESERVED) names.push(`${name}/`);
  }
  // Without a function, units are what is compared.
  return { names: isPlain ? names.sort() : names.sort((a, b) => compareKeys(a, b)), hasLinks };
}

/** Only what has not changed since before it was read. Clients of a file server would see its dates late. */
async function remember(store: Store, path: string, names: Names, begunAt: number): Promise<void> {
  if (store.disk !== localDisk) return;
  const found = await store.disk.stat(path);
  if (!found || found.mtimeMs > begunAt - REST_MILLISECONDS) return;
  store.largeDirectories.set(path, { ino: found.ino, mtimeMs: found.mtimeMs, names });
}
