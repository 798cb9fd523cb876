/** The configuration as it was written: values that still know who wrote them, before any of them means something. */

export interface Source {
  /** What the user calls it: `http.addr` in a file, `REGISTRY_HTTP_ADDR` in the environment. */
  readonly name: string;
  /** `config.yml:7`, `environment`, `.env:3` … */
  readonly place: string;
}

export interface GivenScalar {
  readonly kind: "scalar";
  readonly value: unknown;
  /** As written: `007` and `1e3` are numbers to YAML, and may still be meant as text. */
  readonly text: string;
  readonly source: Source;
}

export interface GivenList {
  readonly kind: "list";
  readonly items: Given[];
  readonly source: Source;
  readonly text?: string;
}

export interface GivenMap {
  readonly kind: "map";
  readonly entries: Map<string, Given>;
  readonly source: Source;
  readonly text?: string;
}

export type Given = GivenScalar | GivenList | GivenMap;

/** YAML's null, an empty variable: nothing was said. */
export const isNothing = (given: Given | undefined): boolean =>
  given === undefined || (given.kind === "scalar" && (given.value === null || given.value === undefined));

/** Whether there is a value anywhere below. */
export function isEmpty(given: Given | undefined): boolean {
  if (given === undefined) return true;
  switch (given.kind) {
    case "scalar":
      return isNothing(given) || given.value === "";
    case "list":
      return given.items.every(isEmpty);
    case "map":
      return [...given.entries.values()].every(isEmpty);
  }
}

/** With `asText`, numbers and booleans stay what was typed. */
export function toPlain(given: Given, options: { readonly asText: boolean }): unknown {
  switch (given.kind) {
    case "scalar":
      return options.asText && !isNothing(given) ? given.text : given.value;
    case "list":
      return given.items.map((item) => toPlain(item, options));
    case "map":
      return Object.fromEntries([...given.entries].map(([key, value]) => [key, toPlain(value, options)]));
  }
}

/** The innermost value on the path, and what is left of the path: where to point when `trustedproxies[2]` is wrong. */
export function descend(given: Given, path: readonly PropertyKey[]): { given: Given; rest: readonly PropertyKey[] } {
  const [key, ...rest] = path;
  if (key === undefined) return { given, rest: [] };
  const child =
    given.kind === "list"
      ? given.items[Number(key)]
      : given.kind === "map"
        ? given.entries.get(String(key))
        : undefined;
  return child ? descend(child, rest) : { given, rest: path };
}
