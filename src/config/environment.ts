/**
 * Lays `REGISTRY_*` variables over what a file said, by distribution's rules: words separated by `_` name the levels, whatever
 * their case, and values are YAML. Where those rules are a trap, the form that a user would expect works as well: see
 * docs/configuration.md.
 */
import { readFileSync } from "node:fs";
import { type Catalogue, variableOf } from "./catalogue.ts";
import { resolve } from "./destination.ts";
import type { Given, GivenMap, Source } from "./given.ts";
import { isServiceVariable } from "./kubernetes.ts";
import type { Findings } from "./mistakes.ts";
import { didYouMean } from "./nearest.ts";
import { put } from "./put.ts";
import { missingSections } from "./settings/missing.ts";
import type { Variable } from "./variables.ts";
import { formatPath, readYaml } from "./yaml.ts";

/** Names the configuration file itself. */
export const PATH_VARIABLE = "REGISTRY_CONFIGURATION_PATH";

export function overlayEnvironment(
  root: GivenMap,
  variables: readonly Variable[],
  catalogue: Catalogue,
  findings: Findings,
): void {
  const names = new Set(variables.filter(({ value }) => value !== "").map(({ name }) => name.toUpperCase()));
  for (const variable of variables) {
    const source: Source = { name: variable.name, place: variable.place };
    const name = variable.name.toUpperCase();
    if (name === PATH_VARIABLE) continue;
    const destination = isServiceVariable(name, variable.value) ? undefined : resolve(name, catalogue.root);
    if (!destination) {
      noteUnknown(source, name, variable.value, catalogue, findings);
      continue;
    }
    try {
      const given = destination.inFile ? readSecret(source, variable.value, names) : parse(source, variable.value);
      if (given) put(root, catalogue.root, destination.keys, given);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      findings.mistakes.push({ ...source, message: error.message });
    }
  }
}

function parse(source: Source, value: string): Given {
  const { given, errors } = readYaml(value, {
    name: (path) => (path.length === 0 ? source.name : `${source.name} ${formatPath(path)}`),
    place: () => source.place,
  });
  // A secret may well begin with `*` or hold `: `. The setting decides whether it takes the text as it is.
  if (errors.length > 0) return { kind: "scalar", value, text: value, source };
  return given.kind === "scalar" ? given : { ...given, text: value };
}

function readSecret(source: Source, path: string, names: ReadonlySet<string>): Given | undefined {
  if (path === "") return undefined;
  const direct = source.name.toUpperCase().replace(/_FILE$/, "");
  if (names.has(direct)) throw new RangeError(`keep either ${direct}_FILE or ${direct}`);
  const place = `${source.place}, ${path}`;
  let text: string;
  try {
    text = readFileSync(path, "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    throw new RangeError(`cannot read ${path} (${(error as NodeJS.ErrnoException).code})`);
  }
  if (text === "") throw new RangeError(`${path} is empty`);
  return { kind: "scalar", value: text, text, source: { name: source.name, place } };
}

/** To overlook a slip there would open what was to be closed. */
const RESTRICTING = /^REGISTRY_(AUTH|HTTP_TLS)_/;

function noteUnknown(source: Source, name: string, value: string, catalogue: Catalogue, findings: Findings): void {
  if (isServiceVariable(name, value)) {
    findings.remarks.push({ ...source, level: "debug", message: "is taken for one of Kubernetes'" });
    return;
  }
  const known = [...catalogue.settings.keys(), ...Object.keys(missingSections)].map(variableOf);
  const hint = didYouMean(name, known);
  if (RESTRICTING.test(name)) findings.mistakes.push({ ...source, message: `is not a setting${hint}` });
  else findings.remarks.push({ ...source, level: "warn", message: `is not a setting and is ignored${hint}` });
}
