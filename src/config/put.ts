/** Lays one value over what was written before. */
import type { Level } from "./catalogue.ts";
import { type Given, type GivenList, type GivenMap, isNothing, type Source } from "./given.ts";
import { expandShorthand } from "./shorthand.ts";

const INDEX = /^\d+$/;

/** Sets the value at the path, and makes the levels above it where they are not there yet. */
export function put(root: GivenMap, rootLevel: Level, keys: readonly string[], value: Given): void {
  let holder: GivenMap | GivenList = root;
  let level: Level | undefined = rootLevel;
  for (const [index, key] of keys.entries()) {
    level = level?.children.get(key);
    const spelling: string = level === undefined ? spellingIn(holder, key) : key;
    const next = keys[index + 1];
    if (next === undefined) {
      set(holder, spelling, expandShorthand(value, level));
      return;
    }
    const existing = get(holder, spelling);
    const container = asContainer(existing && expandShorthand(existing, level), INDEX.test(next), value.source);
    set(holder, spelling, container);
    holder = container;
  }
}

function asContainer(given: Given | undefined, list: boolean, source: Source): GivenMap | GivenList {
  const origin = given?.source ?? source;
  if (list) {
    if (given?.kind === "list") return given;
    return { kind: "list", items: given && !isNothing(given) ? [given] : [], source: origin };
  }
  return given?.kind === "map" ? given : { kind: "map", entries: new Map(), source: origin };
}

function get(holder: GivenMap | GivenList, key: string): Given | undefined {
  return holder.kind === "list" ? holder.items[Number(key)] : holder.entries.get(key);
}

function set(holder: GivenMap | GivenList, key: string, value: Given): void {
  if (holder.kind === "map") {
    holder.entries.set(key, value);
    return;
  }
  const { length } = holder.items;
  if (Number(key) > length) throw new RangeError(`the list has ${length} entries, so the next one is ${length}`);
  holder.items[Number(key)] = value;
}

/** A file may write `X-Frame-Options` where a variable can only say `x-frame-options`. */
function spellingIn(holder: GivenMap | GivenList, key: string): string {
  if (holder.kind === "list") return key;
  return [...holder.entries.keys()].find((known) => known.toLowerCase() === key) ?? key;
}
