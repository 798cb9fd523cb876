/** Which storage driver is meant, and what its own schema makes of its parameters. */
import * as z from "zod";
import { attemptAll } from "./attempt.ts";
import { type Catalogue, fieldsOf } from "./catalogue.ts";
import type { Given, Source } from "./given.ts";
import { type Findings, showValue } from "./mistakes.ts";

/** Where the values of a start without a file come from. */
export const BUILT_IN = "built-in default";

export function chooseDriver(
  drivers: ReadonlyMap<string, Given>,
  root: Source,
  findings: Findings,
): string | undefined {
  const chosen = [...drivers].filter(([, given]) => drivers.size === 1 || !isBuiltIn(given));
  const [first, ...others] = chosen;
  const storageIsFine = !findings.mistakes.some(({ name }) => /^(storage\b|REGISTRY_STORAGE)/i.test(name));
  if (!first && storageIsFine) {
    findings.mistakes.push({
      name: "storage",
      place: root.place,
      message: "name a storage driver, such as filesystem",
    });
  }
  if (first && others.length > 0) {
    const names = chosen.map(([name, { source }]) => `${name} (${source.name}, ${source.place})`).join(" and ");
    const message = `more than one storage driver: ${names}; keep one, or set REGISTRY_STORAGE to its name`;
    findings.mistakes.push({ name: "storage", place: root.place, message });
  }
  return first?.[0];
}

function isBuiltIn(given: Given): boolean {
  if (given.source.place !== BUILT_IN) return false;
  return given.kind !== "map" || [...given.entries.values()].every(isBuiltIn);
}

/** The driver's own schema judges the parameters together, after each of them has told whether it wants a text. */
export function parametersOf(
  driver: string,
  { drivers, settings }: Catalogue,
  written: ReadonlyMap<string, Given>,
  findings: Findings,
): { readonly input: Readonly<Record<string, unknown>>; readonly parameters: unknown } {
  const schema = drivers[driver] ?? z.never();
  const input: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fieldsOf(schema))) {
    const given = written.get(`storage.${driver}.${name}`);
    if (given) input[name] = attemptAll(field, given).value;
  }
  const result = schema.safeParse(input);
  for (const { path, message } of result.error?.issues ?? []) {
    const name = String(path[0] ?? "");
    const full = `storage.${driver}.${name}`;
    const given = written.get(full);
    const source: Source = given?.source ?? { name: full, place: "not set" };
    const value = given && (settings.get(full)?.secret ? "***" : showValue(input[name]));
    findings.mistakes.push({ ...source, value, message });
  }
  return { input, parameters: result.data };
}
