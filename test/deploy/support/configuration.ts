/** What the registry makes of the variables that a deployment gives it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type LoadedConfiguration, loadConfiguration } from "../../../src/config/load.ts";
import { temporaryDirectory } from "../../e2e/support/directories.ts";
import { shippedPath } from "./files.ts";

export type Environment = Readonly<Record<string, string>>;

const NAMES_A_FILE = /_FILE$|_PATH$|_TLS_(CERTIFICATE|KEY)$/;

/** Long enough for every secret, and a password file as well. */
const CONTENT = `alice:$2y$05$${"a".repeat(53)}\n`;

/** Rejects where the registry would not start. Files that the environment names are made up. */
export async function readByRegistry(environment: Environment): Promise<LoadedConfiguration> {
  const directory = temporaryDirectory();
  const readable = Object.entries(environment).map(([name, value]) => {
    if (!NAMES_A_FILE.test(name)) return [name, value] as const;
    const file = join(directory, name);
    writeFileSync(file, CONTENT);
    return [name, file] as const;
  });
  return await loadConfiguration({
    file: shippedPath("deploy/image/config.yml"),
    environment: Object.fromEntries(readable),
    directory,
  });
}

/** What the registry would warn about. */
export const warningsOf = ({ remarks }: LoadedConfiguration): string[] =>
  remarks.filter(({ level }) => level === "warn").map(({ name, message }) => `${name} ${message}`);
