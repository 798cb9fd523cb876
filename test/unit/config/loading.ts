/** Loads configurations from a directory of their own. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LoadedConfiguration, loadConfiguration } from "../../../src/config/load.ts";
import { ConfigurationError } from "../../../src/config/mistakes.ts";
import type { Environment } from "../../../src/config/variables.ts";

export interface Written {
  /** The content of `config.yml`. Absent: there is no file. */
  readonly yaml?: string;
  readonly environment?: Environment;
  /** The content of `.env`. */
  readonly dotenv?: string;
  readonly files?: Readonly<Record<string, string>>;
}

/** `DIR` in a value of the environment stands for the directory. */
export async function load({ yaml, environment = {}, dotenv, files = {} }: Written): Promise<LoadedConfiguration> {
  const directory = await mkdtemp(join(tmpdir(), "moorage-config-"));
  try {
    const contents = { ...files, ...(yaml !== undefined && { "config.yml": yaml }), ...(dotenv && { ".env": dotenv }) };
    for (const [name, content] of Object.entries(contents)) await writeFile(join(directory, name), content);
    const variables = Object.entries(environment).map(([name, value]) => [name, value?.replaceAll("DIR", directory)]);
    return await loadConfiguration({
      file: yaml === undefined ? undefined : join(directory, "config.yml"),
      environment: Object.fromEntries(variables),
      directory,
    });
  } catch (error) {
    if (error instanceof ConfigurationError) error.message = error.message.replaceAll(`${directory}/`, "");
    throw error;
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** The lines about mistakes, without the first, and without the directory. */
export async function mistakesOf(written: Written): Promise<string[]> {
  try {
    await load(written);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.message
      .split("\n")
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
}

export async function warningsOf(written: Written, level: "warn" | "debug" = "warn"): Promise<string[]> {
  const { remarks } = await load(written);
  return remarks.filter((remark) => remark.level === level).map(({ name, message }) => `${name} ${message}`);
}

/** The least that a file must say. */
export const MINIMUM = "version: 0.1\nstorage:\n  inmemory:\n";
