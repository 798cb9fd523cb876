/** YAML text → `Given`. Anchors, aliases and merge keys are followed, as distribution's parser does. */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
} from "yaml";
import type { Given, GivenMap, Source } from "./given.ts";

export interface YamlOrigin {
  /** The name of the value at this path below the text. */
  readonly name: (path: readonly string[]) => string;
  readonly place: (line: number) => string;
}

/** `http.trustedproxies[1]` */
export const formatPath = (path: readonly PropertyKey[]): string =>
  path
    .map((key, index) => (/^\d+$/.test(String(key)) ? `[${String(key)}]` : `${index === 0 ? "" : "."}${String(key)}`))
    .join("");

export interface YamlReading {
  readonly given: Given;
  /** Syntax errors, and keys that are there twice. */
  readonly errors: readonly { readonly line: number; readonly message: string }[];
  readonly duplicates: readonly Source[];
}

export function readYaml(text: string, origin: YamlOrigin): YamlReading {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false });
  const errors = document.errors.map(({ pos, message }) => ({ line: lines.linePos(pos[0]).line, message }));
  const duplicates: Source[] = [];
  const given = createReader(document, lines, origin, { errors, duplicates })(document.contents, [], 1);
  return { given, errors, duplicates };
}

function createReader(
  document: Document,
  lines: LineCounter,
  origin: YamlOrigin,
  { errors, duplicates }: { readonly errors: { line: number; message: string }[]; readonly duplicates: Source[] },
) {
  const lineOf = (node: unknown, otherwise: number): number => {
    const start = (node as Node | null)?.range?.[0];
    return start === undefined ? otherwise : lines.linePos(start).line;
  };

  const followed = new Set<Node>();

  const follow = (alias: Alias, path: readonly string[], line: number): Given => {
    const node = alias.resolve(document);
    if (!node) errors.push({ line, message: `there is no anchor called ${alias.source}` });
    if (!node || followed.has(node)) return read(null, path, line);
    followed.add(node);
    const given = read(node, path, line);
    followed.delete(node);
    return given;
  };

  const read = (node: unknown, path: readonly string[], line: number): Given => {
    const source: Source = { name: origin.name(path), place: origin.place(line) };
    if (isAlias(node)) return follow(node, path, line);
    if (isMap(node)) return { kind: "map", entries: readEntries(node.items, path, line), source };
    if (isSeq(node)) {
      const items = node.items.map((item, index) => read(item, [...path, String(index)], lineOf(item, line)));
      return { kind: "list", items, source };
    }
    const value = isScalar(node) ? node.value : null;
    const text = isScalar(node) && typeof value !== "string" ? (node.source ?? "") : String(value ?? "");
    return { kind: "scalar", value, text, source };
  };

  const readEntries = (pairs: readonly Pair[], path: readonly string[], parentLine: number): GivenMap["entries"] => {
    const entries: GivenMap["entries"] = new Map();
    const merged: GivenMap["entries"] = new Map();
    for (const { key, value } of pairs) {
      const line = lineOf(key, parentLine);
      const name = isScalar(key) ? (key.source ?? String(key.value)) : String(key);
      if (name === "<<") {
        for (const [mergedName, given] of mergedEntries(read(value, path, line))) merged.set(mergedName, given);
        continue;
      }
      if (entries.has(name)) duplicates.push({ name: origin.name([...path, name]), place: origin.place(line) });
      entries.set(name, read(value, [...path, name], line));
    }
    return new Map([...merged, ...entries]);
  };

  return read;
}

/** Of several merged maps, the first that has a key gives it. */
function mergedEntries(given: Given): [string, Given][] {
  if (given.kind === "map") return [...given.entries];
  return given.kind === "list" ? given.items.toReversed().flatMap(mergedEntries) : [];
}
