/** The words of a variable's name → the value that it sets. */
import type { Level } from "./catalogue.ts";
import type { Setting } from "./kinds.ts";

export interface Destination {
  readonly keys: readonly string[];
  /** The variable names a file that holds the value. */
  readonly inFile: boolean;
}

const INDEX = /^\d+$/;

/** Which value a variable sets. `undefined`: none that we know. */
export function resolve(name: string, root: Level): Destination | undefined {
  const keys: string[] = [];
  let level = root;
  let words = name.split("_").slice(1);
  while (words.length > 0 && !level.setting && !level.missing) {
    const step = takeStep(level, words);
    // What is unknown below `storage` is a driver that we do not have, and no reason to store things somewhere else.
    if (!step) return level.path === "storage" ? below(keys, words) : undefined;
    keys.push(step.key);
    level = step.level;
    words = words.slice(step.words);
  }
  if (level.path === "version") return undefined;
  return level.setting ? insideSetting(level.setting, keys, words) : below(keys, words);
}

/** Some parameters have a `_` in their name, so a step may take several words. */
function takeStep(level: Level, words: readonly string[]): { level: Level; key: string; words: number } | undefined {
  for (let count = words.length; count > 0; count -= 1) {
    const key = words.slice(0, count).join("_").toLowerCase();
    const child = level.children.get(key);
    if (child) return { level: child, key, words: count };
  }
  return undefined;
}

const below = (keys: readonly string[], words: readonly string[]): Destination => ({
  keys: [...keys, ...words.map((word) => word.toLowerCase())],
  inFile: false,
});

function insideSetting(setting: Setting, keys: readonly string[], words: readonly string[]): Destination | undefined {
  const inFile = setting.secret === true && words.at(-1) === "FILE";
  const inner = inFile ? words.slice(0, -1) : words;
  const [first, ...others] = inner;
  if (first === undefined) return { keys, inFile };
  if (setting.below === "list") return INDEX.test(first) ? { ...below(keys, inner), inFile } : undefined;
  if (setting.below === undefined) return undefined;
  const indexed = others.length > 0 && INDEX.test(inner.at(-1) ?? "");
  const key = (indexed ? inner.slice(0, -1) : inner).join(setting.below.joinedBy);
  return { ...below(keys, indexed ? [key, inner.at(-1) ?? ""] : [key]), inFile };
}
