import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Results } from "./result.ts";

export const readResults = async (file: string): Promise<Results> => JSON.parse(await readFile(file, "utf8"));

/** Whole or not at all: whoever is ended while it writes can still go on. */
export async function writeResults(file: string, results: Results): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, `${JSON.stringify(results, undefined, 1)}\n`);
  await rename(`${file}.new`, file);
}
