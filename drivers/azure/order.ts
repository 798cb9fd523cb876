/** Azure lists by UTF-16 units, or by something like it. The two orders differ only from U+D800 on. */
import { compareKeys } from "../keys.ts";

const HIGH = /[\ud800-\uffff]/;

interface Keyed {
  readonly key: string;
}

/** Keys that share what comes before their first high unit are neighbours in either order, so only these are held back. */
export async function* inByteOrder<T extends Keyed>(entries: AsyncIterable<T>): AsyncGenerator<T> {
  let group: T[] = [];
  let shared: string | undefined;
  for await (const entry of entries) {
    const start = lowPart(entry.key);
    if (start === undefined || start !== shared) {
      yield* sorted(group);
      group = [];
    }
    shared = start;
    if (start === undefined) yield entry;
    else group.push(entry);
  }
  yield* sorted(group);
}

/** `undefined`: all of it. */
export function lowPart(key: string): string | undefined {
  const high = key.search(HIGH);
  return high === -1 ? undefined : key.slice(0, high);
}

function sorted<T extends Keyed>(group: readonly T[]): readonly T[] {
  return group.toSorted((a, b) => compareKeys(a.key, b.key));
}
