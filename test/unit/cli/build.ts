import { execFile } from "node:child_process";
import { cp, mkdir, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { TestContext } from "node:test";
import { promisify } from "node:util";
import { directoryFor } from "./process.ts";

const ROOT = resolve(import.meta.dirname, "../../..");

/** The directory with what `npm run build` makes, beside nothing but what the image has there. */
export async function buildFor(t: TestContext): Promise<string> {
  const app = await directoryFor(t);
  await mkdir(join(app, "node_modules"));
  await symlink(join(ROOT, "node_modules/@node-rs"), join(app, "node_modules/@node-rs"));
  await cp(join(ROOT, "package.json"), join(app, "package.json"));
  const directory = join(app, "dist");
  await promisify(execFile)(process.execPath, [join(ROOT, "deploy/image/build.ts"), directory]);
  return directory;
}
