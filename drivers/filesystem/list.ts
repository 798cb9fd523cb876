/** Walks the tree in the order of the keys, no further than the caller asks. */
import type { ListEntry, ListOptions } from "../contract.ts";
import { assertPrefix, compareKeys } from "../keys.ts";
import { ignoring, readdir } from "./calls.ts";
import { attempt } from "./errors.ts";
import { RESERVED, type Store } from "./paths.ts";

/** Looked at together. Begins with one and grows with what is taken, for callers who only want to know whether there is any. */
const MOST_AT_ONCE = 32;

/** Vanished in the meantime, or not a name in UTF-8: then the name that was read is nobody's. */
const VANISHED: readonly string[] = ["ENOENT", "ENOTDIR", "ENAMETOOLONG"];

/** A name that was found, or an entry that is ready. The key of a directory ends in "/", which puts it in its place. */
interface Name {
  readonly kind: "file" | "directory";
  readonly key: string;
}

type Node = Name | { readonly kind: "entry"; readonly entry: ListEntry };

export async function* listObjects(store: Store, prefix: string, options: ListOptions): AsyncGenerator<ListEntry> {
  const { signal } = options;
  assertPrefix(prefix, "list");
  const walk = new Walk(store, prefix, options);
  // The next one is at the end.
  const ahead: Node[] = [{ kind: "directory", key: prefix.slice(0, prefix.lastIndexOf("/") + 1) }];
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
    if (node.kind === "file") return await this.#lookAtFile(node.key);
    const { key } = node;
    if (!this.#rollsUp || this.#prefix.startsWith(key)) return await this.#children(key);
    const shown = compareKeys(key, this.#startAfter) > 0 && (await this.#holdsObject(key));
    return shown ? [{ kind: "entry", entry: { kind: "prefix", key } }] : [];
  }

  async #lookAtFile(key: string): Promise<readonly Node[]> {
    const found = await this.#store.disk.stat(this.#pathOf(key));
    if (!found?.isFile()) return [];
    const lastModified = new Date(Number(found.mtimeNs / 1_000_000n));
    return [{ kind: "entry", entry: { kind: "object", key, size: Number(found.size), lastModified } }];
  }

  async #children(directory: string): Promise<readonly Node[]> {
    const nodes = await this.#read(directory);
    return nodes.filter((node) => this.#mayHold(node)).sort((a, b) => compareKeys(a.key, b.key, directory.length));
  }

  /** Whether an entry can come of it. Everything in a directory sorts after the directory's own key. */
  #mayHold({ kind, key }: Name): boolean {
    const fits = key.startsWith(this.#prefix) || (kind === "directory" && this.#prefix.startsWith(key));
    if (!fits) return false;
    return compareKeys(key, this.#startAfter) > 0 || (kind === "directory" && this.#startAfter.startsWith(key));
  }

  async #holdsObject(directory: string): Promise<boolean> {
    const nodes = await this.#read(directory);
    if (nodes.some(({ kind }) => kind === "file")) return true;
    for (const { key } of nodes) if (await this.#holdsObject(key)) return true;
    return false;
  }

  async #read(directory: string): Promise<readonly Name[]> {
    if (directory.startsWith(`${RESERVED}/`)) return [];
    const names: Name[] = [];
    for (const entry of (await ignoring(VANISHED, readdir(this.#pathOf(directory), { withFileTypes: true }))) ?? []) {
      const key = directory + entry.name;
      const seen = entry.isSymbolicLink() ? await this.#store.disk.stat(this.#pathOf(key)) : entry;
      if (seen?.isFile()) names.push({ kind: "file", key });
      if (seen?.isDirectory() && key !== RESERVED) names.push({ kind: "directory", key: `${key}/` });
    }
    return names;
  }

  #pathOf(key: string): string {
    return `${this.#store.root}/${key}`;
  }
}
