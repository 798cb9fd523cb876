/** Walks the tree in the order of the keys, no further than the caller asks. */
import type { Stats } from "node:fs";
import type { ListEntry, ListOptions } from "../contract.ts";
import { assertPrefix, compareKeys } from "../keys.ts";
import { attempt } from "./errors.ts";
import { type Names, namesIn } from "./names.ts";
import { RESERVED, type Store } from "./paths.ts";
import type { Soon } from "./turn-budget.ts";

/** Looked at together. Begins with one and grows with what is taken, for callers who only want to know whether there is any. */
const MOST_AT_ONCE = 32;

/** Names of one directory that are looked at, before the next ones are. */
const STRETCH = 128;

/** The key of a directory ends in "/". */
type Node =
  | { readonly kind: "name"; readonly key: string }
  | { readonly kind: "names"; readonly directory: string; readonly names: Names; readonly from: number }
  | { readonly kind: "entry"; readonly entry: ListEntry };

export async function* listObjects(store: Store, prefix: string, options: ListOptions): AsyncGenerator<ListEntry> {
  const { signal } = options;
  assertPrefix(prefix, "list");
  const walk = new Walk(store, prefix, options);
  // The next one is at the end.
  const ahead: Node[] = [{ kind: "name", key: prefix.slice(0, prefix.lastIndexOf("/") + 1) }];
  let width = 1;
  while (ahead.length > 0) {
    const nodes = ahead.splice(-width).reverse();
    const found = await attempt("list", prefix, signal, () => lookAhead(walk, nodes));
    for (const next of found.flat().reverse()) ahead.push(next);
    if (ahead.at(-1)?.kind === "entry") width = Math.min(width * 2, MOST_AT_ONCE);
    for (let top = ahead.at(-1); top?.kind === "entry"; top = ahead.at(-1)) {
      ahead.pop();
      yield top.entry;
      signal?.throwIfAborted();
    }
  }
}

export async function namesUnder(store: Store, prefix: string, signal: AbortSignal | undefined): Promise<Names> {
  const operation = "directories.names";
  assertPrefix(prefix, operation);
  return await attempt(operation, prefix, signal, () => readInTurn(store, prefix));
}

/** Only the first one is needed now. What fails for another is looked at again in its turn, if that ever comes. */
async function lookAhead(walk: Walk, nodes: readonly Node[]): Promise<readonly (readonly Node[])[]> {
  const looks = await Promise.allSettled(nodes.map((node) => walk.look(node)));
  return looks.map((look, index) => {
    if (look.status === "fulfilled") return look.value;
    if (index === 0) throw look.reason;
    return nodes.slice(index, index + 1);
  });
}

class Walk {
  readonly #store: Store;
  readonly #prefix: string;
  readonly #startAfter: string;
  readonly #rollsUp: boolean;

  constructor(store: Store, prefix: string, { startAfter = "", delimiter }: ListOptions) {
    this.#store = store;
    this.#prefix = prefix;
    this.#startAfter = startAfter;
    this.#rollsUp = delimiter !== undefined;
  }

  /** What to put in the place of the node, in order. */
  async look(node: Node): Promise<readonly Node[]> {
    if (node.kind === "entry") return [node];
    if (node.kind === "names") return this.#nextOf(node.directory, node.names, node.from);
    const { key } = node;
    if (!isDirectory(key)) return await this.#lookAtFile(key);
    if (!this.#rollsUp || this.#prefix.startsWith(key)) return await this.#children(key);
    const shown = compareKeys(key, this.#startAfter) > 0 && (await this.#holdsObject(key));
    return shown ? [{ kind: "entry", entry: { kind: "prefix", key } }] : [];
  }

  async #lookAtFile(key: string): Promise<readonly Node[]> {
    const found = await this.#stat(key);
    if (!found?.isFile()) return [];
    const lastModified = found.mtime;
    return [{ kind: "entry", entry: { kind: "object", key, size: found.size, lastModified } }];
  }

  async #children(directory: string): Promise<readonly Node[]> {
    const names = await readInTurn(this.#store, directory);
    return this.#nextOf(directory, names, this.#firstOf(directory, names));
  }

  #nextOf(directory: string, names: Names, from: number): readonly Node[] {
    const next: Node[] = [];
    for (const name of names.slice(from, from + STRETCH)) {
      const key = directory + name;
      if (key.startsWith(this.#prefix)) next.push({ kind: "name", key });
    }
    const left = from + STRETCH;
    return left < names.length ? [...next, { kind: "names", directory, names, from: left }] : next;
  }

  /** Which is the first that an entry can come of. Everything in a directory sorts after the directory's own key. */
  #firstOf(directory: string, names: Names): number {
    let [low, high] = [0, names.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeys(directory + names[middle], this.#startAfter) > 0) high = middle;
      else low = middle + 1;
    }
    const before = directory + names[low - 1];
    return low > 0 && isDirectory(before) && this.#startAfter.startsWith(before) ? low - 1 : low;
  }

  async #holdsObject(directory: string): Promise<boolean> {
    const { likelyObject } = this.#store;
    if (likelyObject.below !== "" && (await this.#isObject(directory + likelyObject.below))) return true;
    const found = await this.#findObject(directory);
    if (found !== undefined) likelyObject.below = found.slice(directory.length);
    return found !== undefined;
  }

  /** `false` may also mean that it could not be looked at: the directories are read then, and tell. */
  async #isObject(key: string): Promise<boolean> {
    if (key.startsWith(`${RESERVED}/`)) return false;
    try {
      return (await this.#stat(key))?.isFile() ?? false;
    } catch {
      return false;
    }
  }

  async #findObject(directory: string): Promise<string | undefined> {
    const names = await readInTurn(this.#store, directory);
    const object = names.find((name) => !isDirectory(name));
    if (object !== undefined) return directory + object;
    for (const name of names) {
      const found = await this.#findObject(directory + name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #stat(key: string): Soon<Stats | undefined> {
    const { disk, root } = this.#store;
    const turn = disk.turn();
    return turn ? turn.then(() => disk.stat(`${root}/${key}`)) : disk.stat(`${root}/${key}`);
  }
}

async function readInTurn(store: Store, directory: string): Promise<Names> {
  const turn = store.disk.turn();
  if (turn) await turn;
  return namesIn(store, directory);
}

/** The root is one, too. */
const isDirectory = (key: string) => key === "" || key.endsWith("/");
