/** `Given` → values of the settings. Everything that is wrong is noted, and the default taken instead, to find the rest too. */
import { type Attempt, attemptAll, noteIssues } from "./attempt.ts";
import { EVERYWHERE, isOpen } from "./auth.ts";
import type { Catalogue, Level } from "./catalogue.ts";
import { chooseDriver, parametersOf } from "./driver-choice.ts";
import { type Given, type GivenMap, isEmpty, isNothing, type Source, toPlain } from "./given.ts";
import type { Setting } from "./kinds.ts";
import { type Findings, showValue } from "./mistakes.ts";
import { didYouMean, nearest } from "./nearest.ts";
import { secretsIn } from "./secrets.ts";
import { settings, type Values } from "./settings/index.ts";
import type { Missing } from "./settings/missing.ts";
import { expandShorthand } from "./shorthand.ts";
import { requiresVerifiedClients } from "./tls.ts";

export interface Evaluation {
  readonly values: Values;
  readonly driver: { readonly name: string; readonly parameters: unknown } | undefined;
  /** What was written, by the path of its setting. */
  readonly written: ReadonlyMap<string, Given>;
  /** What counts, as YAML has it, by path: for those who want to see it. */
  readonly effective: ReadonlyMap<string, unknown>;
  /** Sections that are there, even if nothing is in them: `auth: htpasswd` asks for something. By path. */
  readonly named: ReadonlyMap<string, Given>;
  readonly root: Source;
  /** What must not be shown. */
  readonly secrets: readonly string[];
}

export function evaluate(root: GivenMap, catalogue: Catalogue, findings: Findings): Evaluation {
  const written: Written = { settings: new Map(), drivers: new Map(), named: new Map() };
  walk(root, catalogue.root, written, findings);

  const values: Record<string, unknown> = {};
  const effective = new Map<string, unknown>();
  for (const [path, setting] of Object.entries(settings)) {
    const attempt = settle(path, setting, written.settings.get(path), findings);
    values[path] = attempt.result.data;
    effective.set(path, attempt.value);
  }
  const isForAll = !isOpen(written) || written.named.has("auth.none") || requiresVerifiedClients(values as Values);
  if (!written.settings.has("http.addr") && isForAll) {
    values["http.addr"] = EVERYWHERE;
    effective.set("http.addr", EVERYWHERE);
  }
  const { settings: said, named } = written;
  const common = {
    values: values as Values,
    written: said,
    effective,
    named,
    root: root.source,
    secrets: secretsIn(said, catalogue),
  };
  const name = chooseDriver(written.drivers, root.source, findings);
  if (!name || !catalogue.drivers[name]) return { ...common, driver: undefined };
  const { input, parameters } = parametersOf(name, catalogue, said, findings);
  for (const [key, value] of Object.entries(input)) effective.set(`storage.${name}.${key}`, value);
  return { ...common, driver: { name, parameters } };
}

interface Written {
  /** By path. */
  readonly settings: Map<string, Given>;
  /** By name. */
  readonly drivers: Map<string, Given>;
  /** Sections, by path. */
  readonly named: Map<string, Given>;
}

/** Finds what was written for each setting, and notes what is none. */
function walk(given: Given, level: Level, written: Written, findings: Findings): void {
  if (level.driver) written.drivers.set(level.path.replace(/^storage\./, ""), given);
  written.named.set(level.path, given);
  if (level.missing) {
    noteMissing(expandShorthand(given, level), level.missing, findings);
  } else if (level.setting) {
    if (!isUnsaid(given, level.setting)) written.settings.set(level.path, given);
  } else {
    walkSection(expandShorthand(given, level), level, written, findings);
  }
}

/** To distribution, an empty text is as good as none. What it is to a driver, the driver knows. */
function isUnsaid(given: Given, { ofDriver }: Setting): boolean {
  return isNothing(given) || (ofDriver === undefined && given.kind === "scalar" && given.value === "");
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
  if (isEmpty(given)) return;
  if (missing.effect === "stop") mistakes.push({ ...given.source, message: missing.sentence });
  else remarks.push({ ...given.source, level: "warn", message: missing.sentence });
}

/** Whether to overlook a slip there would open what was to be closed. */
const isRestricting = (level: Level | undefined): boolean =>
  level !== undefined && (level.missing?.effect === "stop" || /^(auth|http\.tls)(\.|$)/.test(level.path));

function noteUnknown(key: string, given: Given, level: Level, { mistakes, remarks }: Findings): void {
  const meant = nearest(key, level.children.keys());
  const hint = didYouMean(key, level.children.keys());
  if (level.path === "storage") {
    mistakes.push({ ...given.source, message: `there is no storage driver or setting called ${key}${hint}` });
  } else if (isRestricting(level) || (meant !== undefined && isRestricting(level.children.get(meant)))) {
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
