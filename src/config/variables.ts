/** The variables that concern us: those of the process, and of a `.env` file where the process has none. */
import { parseEnv } from "node:util";

export interface Variable {
  /** As written. */
  readonly name: string;
  readonly value: string;
  /** `environment` or `.env:3`. */
  readonly place: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const OURS = /^REGISTRY_./i;

/** In lexical order, as distribution applies them: `REGISTRY_STORAGE` before `REGISTRY_STORAGE_S3_BUCKET`. */
export function collectVariables(environment: Environment, dotenv: string | undefined): Variable[] {
  const found = new Map<string, Variable>();
  for (const variable of [...readDotenv(dotenv ?? ""), ...readEnvironment(environment)]) {
    if (OURS.test(variable.name)) found.set(variable.name.toUpperCase(), variable);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, variable]) => variable);
}

const readEnvironment = (environment: Environment): Variable[] =>
  Object.entries(environment).map(([name, value = ""]) => ({ name, value, place: "environment" }));

function readDotenv(text: string): Variable[] {
  const names = text.split("\n").map((line) =>
    line
      .replace(/^\s*export\s+/, "")
      .split("=", 1)[0]
      ?.trim(),
  );
  return Object.entries(parseEnv(text)).map(([name, value = ""]) => {
    return { name, value, place: `.env:${names.lastIndexOf(name) + 1}` };
  });
}
