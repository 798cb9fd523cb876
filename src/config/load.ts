/** Reads the configuration: a file, `.env`, the environment. The only reader of `process.env`. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Catalogue, createCatalogue } from "./catalogue.ts";
import { type Config, toConfig } from "./config.ts";
import { checkConsistency } from "./consistency.ts";
import { BUILT_IN } from "./driver-choice.ts";
import { overlayEnvironment, PATH_VARIABLE } from "./environment.ts";
import { type Evaluation, evaluate } from "./evaluate.ts";
import type { Given, GivenMap } from "./given.ts";
import { ConfigurationError, type Findings, type Remark } from "./mistakes.ts";
import { formatConfiguration } from "./print.ts";
import { driverSchemas } from "./settings/drivers.ts";
import { collectVariables, type Environment } from "./variables.ts";
import { formatPath, readYaml } from "./yaml.ts";

/** Read when no file is named, as if it were one. Like the file in distribution's image, it allows deletes. */
const BUILT_IN_FILE = `
version: 0.1
storage:
  filesystem:
    rootdirectory: ./data
  delete:
    enabled: true
http:
  headers:
    X-Content-Type-Options: [nosniff]
`;

export interface LoadOptions {
  /** Without one: the file that REGISTRY_CONFIGURATION_PATH names, or none. */
  readonly file?: string | undefined;
  readonly environment?: Environment;
  /** Where `.env` is looked for. */
  readonly directory?: string;
}

export interface LoadedConfiguration {
  readonly config: Config;
  /** To be logged, once there is a log. */
  readonly remarks: readonly Remark[];
  /** What counts, as YAML with origins and without secrets. To write it takes as long as to read it, and a start needs none. */
  readonly text: () => string;
}

/** Rejects `ConfigurationError`, with everything that is wrong. */
export async function loadConfiguration(options: LoadOptions = {}): Promise<LoadedConfiguration> {
  const { config, evaluation, catalogue, findings } = await examineConfiguration(options);
  if (findings.mistakes.length > 0) throw new ConfigurationError(findings);
  return { config, remarks: findings.remarks, text: () => formatConfiguration(evaluation, catalogue) };
}

export interface ExaminedConfiguration {
  /** With the default wherever something is wrong: to look at, not to run. */
  readonly config: Config;
  readonly evaluation: Evaluation;
  readonly catalogue: Catalogue;
  readonly findings: Findings;
}

/** As `loadConfiguration`, also of a configuration that nothing could be started with. */
export async function examineConfiguration({
  file,
  environment = process.env,
  directory = process.cwd(),
}: LoadOptions): Promise<ExaminedConfiguration> {
  const findings: Findings = { mistakes: [], remarks: [] };
  const catalogue = createCatalogue(driverSchemas);
  const variables = collectVariables(environment, await readDotenv(directory, findings));
  const named = variables.find(({ name, value }) => name.toUpperCase() === PATH_VARIABLE && value !== "");
  const root = await readConfigurationFile(file ?? named?.value, findings);
  overlayEnvironment(root, variables, catalogue, findings);
  const evaluation = evaluate(root, catalogue, findings);
  checkConsistency(evaluation, findings);
  return { config: toConfig(evaluation, findings), evaluation, catalogue, findings };
}

/** A file that cannot be read counts as the built-in one from here on, so that mistakes elsewhere show as well. */
async function readConfigurationFile(file: string | undefined, findings: Findings): Promise<GivenMap> {
  const builtIn = () => asMap(readYaml(BUILT_IN_FILE, { name: formatPath, place: () => BUILT_IN }).given);
  if (file === undefined) return builtIn();
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    findings.mistakes.push({ name: "configuration file", place: file, message: `cannot be read (${codeOf(error)})` });
    return builtIn();
  }
  const { given, errors, duplicates } = readYaml(text, { name: formatPath, place: (line) => `${file}:${line}` });
  for (const { line, message } of errors) findings.mistakes.push({ name: "YAML", place: `${file}:${line}`, message });
  for (const source of duplicates) {
    findings.remarks.push({ ...source, level: "warn", message: "is there twice; the last one counts" });
  }
  if (errors.length > 0) return builtIn();
  if (given.kind === "map") return given;
  findings.mistakes.push({
    name: "configuration file",
    place: file,
    message: "write sections: version, storage, http",
  });
  return builtIn();
}

function asMap(given: Given): GivenMap {
  return given.kind === "map" ? given : { kind: "map", entries: new Map(), source: given.source };
}

async function readDotenv(directory: string, findings: Findings): Promise<string | undefined> {
  try {
    return await readFile(join(directory, ".env"), "utf8");
  } catch (error) {
    if (codeOf(error) !== "ENOENT") {
      findings.mistakes.push({ name: ".env", place: directory, message: `cannot be read (${codeOf(error)})` });
    }
    return undefined;
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);
