/** Short forms: `storage: filesystem`, `readonly: true`. The first is distribution's, the second what people try. */
import type { Level } from "./catalogue.ts";
import { type Given, isNothing } from "./given.ts";
import { toFlag } from "./kinds.ts";

const NAMED_BY_TEXT = new Set(["storage", "auth"]);

export function expandShorthand(given: Given, level: Level | undefined): Given {
  if (level === undefined || given.kind !== "scalar" || isNothing(given)) return given;
  const { source } = given;
  if (NAMED_BY_TEXT.has(level.path)) {
    const nothing: Given = { kind: "scalar", value: null, text: "", source };
    return { kind: "map", entries: new Map([[given.text.toLowerCase(), nothing]]), source };
  }
  if (level.children.has("enabled") && toFlag(given.value) !== undefined) {
    return { kind: "map", entries: new Map([["enabled", given]]), source };
  }
  return given;
}
