/** `Given` → values of the settings. Everything that is wrong is noted, and the default taken instead, to find the rest too. */
import type { z } from "zod";
import { type Catalogue, fieldsOf, type Level } from "./catalogue.ts";
import { descend, type Given, type GivenMap, isEmpty, isNothing, type Source, toPlain } from "./given.ts";
import type { Setting } from "./kinds.ts";
import { type Findings, showValue } from "./mistakes.ts";
import { didYouMean, nearest } from "./nearest.ts";
import { settings, type Values } from "./settings/index.ts";
import type { Missing } from "./settings/missing.ts";
import { expandShorthand } from "./shorthand.ts";
import { formatPath } from "./yaml.ts";

export interface Evaluation {
  readonly values: Values;
  readonly driver: { readonly name: string; readonly parameters: unknown } | undefined;
  /** What was written, by the path of its setting. */
  readonly written: ReadonlyMap<string, Given>;
  /** What counts, as YAML has it, by path: for those who want to see it. */
  readonly effective: ReadonlyMap<string, unknown>;
}

/** Where the values of a start without a file come from. */
export const BUILT_IN = "built-in default";

export function evaluate(root: GivenMap, catalogue: Catalogue, findings: Findings): Evaluation {
  const written: Written = { settings: new Map(), drivers: new Map() };
  walk(root, catalogue.root, written, findings);

  const values: Record<string, unknown> = {};
  const effective = new Map<string, unknown>();
  for (const [path, setting] of Object.entries(settings)) {
    const attempt = settle(path, setting, written.settings.get(path), findings);
    values[path] = attempt.result.data;
    effective.set(path, attempt.value);
  }
  const name = chooseDriver(written.drivers, root.source, findings);
  const schema = catalogue.drivers[name ?? ""];
  if (!name || !schema) return { values: values as Values, driver: undefined, written: written.settings, effective };
  const { input, parameters } = parametersOf(name, schema, written.settings, findings);
  for (const [key, value] of Object.entries(input)) effective.set(`storage.${name}.${key}`, value);
  return { values: values as Values, driver: { name, parameters }, written: written.settings, effective };
}

interface Written {
  /** By path. */
  readonly settings: Map<string, Given>;
  /** By name. */
  readonly drivers: Map<string, Given>;
}

/** Finds what was written for each setting, and notes what is none. */
function walk(given: Given, level: Level, written: Written, findings: Findings): void {
  if (level.driver) written.drivers.set(level.path.replace(/^storage\./, ""), given);
  if (level.missing) {
    noteMissing(expandShorthand(given, level), level.missing, findings);
  } else if (level.setting) {
    if (!isNothing(given)) written.settings.set(level.path, given);
  } else {
    walkSection(expandShorthand(given, level), level, written, findings);
  }
}

function walkSection(section: Given, level: Level, written: Written, findings: Findings): void {
  if (isNothing(section)) return;
  if (section.kind !== "map") {
    const value = showValue(toPlain(section, { asText: true }));
    findings.mistakes.push({ ...section.source, value, message: `write a section with ${keysOf(level)}` });
    return;
  }
  for (const [key, child] of section.entries) {
    const next = level.children.get(key);
    if (next) walk(child, next, written, findings);
    else noteUnknown(key, child, level, findings);
  }
}

const keysOf = (level: Level): string => [...level.children.keys()].join(", ");

function noteMissing(given: Given, missing: Missing, { mistakes, remarks }: Findings): void {
  if (!isAskedFor(given, missing)) return;
  if (missing.effect === "stop") mistakes.push({ ...given.source, message: missing.sentence });
  else remarks.push({ ...given.source, level: "warn", message: missing.sentence });
}

function isAskedFor(given: Given, { named }: Missing): boolean {
  if (named === undefined) return !isEmpty(given);
  if (given.kind !== "map") return named === "itself" || !isNothing(given);
  return named === "itself" || [...given.entries.keys()].some((name) => name !== "none");
}

function noteUnknown(key: string, given: Given, level: Level, { mistakes, remarks }: Findings): void {
  const meant = nearest(key, level.children.keys());
  const hint = didYouMean(key, level.children.keys());
  if (level.path === "storage") {
    mistakes.push({ ...given.source, message: `there is no storage driver or setting called ${key}${hint}` });
  } else if (meant !== undefined && level.children.get(meant)?.missing?.effect === "stop") {
    // Without `auth`, a misspelt `auht` would open the registry to everybody.
    mistakes.push({ ...given.source, message: `is not a setting${hint}` });
  } else {
    remarks.push({ ...given.source, level: "warn", message: `is not a setting and is ignored${hint}` });
  }
}

function settle(path: string, setting: Setting, given: Given | undefined, findings: Findings): Attempt {
  const attempt = attemptAll(setting.schema, given);
  if (!attempt.result.success) {
    noteIssues(path, attempt, given, setting.secret === true, findings);
    return attemptAll(setting.schema, undefined);
  }
  const advice = given && setting.advice?.(attempt.value);
  if (given && advice) findings.remarks.push({ ...given.source, level: "warn", message: advice });
  return attempt;
}

interface Attempt {
  readonly value: unknown;
  readonly result: z.ZodSafeParseResult<unknown>;
}

/** YAML guesses types: `007` may be a text, and so may `[abc]`. The setting knows better. */
function attemptAll(schema: z.ZodType, given: Given | undefined): Attempt {
  const attempt = (value: unknown): Attempt => ({ value, result: schema.safeParse(value) });
  if (!given) return attempt(undefined);
  const first = attempt(toPlain(given, { asText: false }));
  if (first.result.success) return first;
  const asText = attempt(toPlain(given, { asText: true }));
  if (asText.result.success || given.kind === "scalar" || given.text === undefined) return asText;
  const raw = attempt(given.text);
  return raw.result.success ? raw : asText;
}

function noteIssues(
  path: string,
  { result }: Attempt,
  given: Given | undefined,
  secret: boolean,
  findings: Findings,
): void {
  for (const issue of result.error?.issues ?? []) {
    const at = given && descend(given, issue.path);
    const source: Source = at?.given.source ?? { name: path, place: "not set" };
    const value = at && (secret ? "***" : showValue(toPlain(at.given, { asText: true })));
    const missing = at && at.rest.length > 0 ? `${formatPath(at.rest)}: ` : "";
    findings.mistakes.push({ ...source, value, message: `${missing}${issue.message}` });
  }
}

function chooseDriver(drivers: ReadonlyMap<string, Given>, root: Source, findings: Findings): string | undefined {
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
function parametersOf(
  driver: string,
  schema: z.ZodType,
  written: ReadonlyMap<string, Given>,
  findings: Findings,
): { readonly input: Readonly<Record<string, unknown>>; readonly parameters: unknown } {
  const input: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fieldsOf(schema))) {
    const given = written.get(`storage.${driver}.${name}`);
    if (given) input[name] = attemptAll(field, given).value;
  }
  const result = schema.safeParse(input);
  for (const issue of result.error?.issues ?? []) {
    const path = `storage.${driver}.${String(issue.path[0] ?? "")}`;
    const given = written.get(path);
    const source: Source = given?.source ?? { name: path, place: "not set" };
    findings.mistakes.push({
      ...source,
      value: given && showValue(input[String(issue.path[0])]),
      message: issue.message,
    });
  }
  return { input, parameters: result.data };
}
