/** The sources of an earlier Moorage, ready to run. */
import { symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { temporaryDirectory } from "../e2e/support/directories.ts";
import { run } from "../e2e/support/programs.ts";

const HERE = resolve(import.meta.dirname, "../..");
const LOCK = "package-lock.json";

/** The last tag of a version, or the commit that stands in for it while there is none. `undefined`: it is not in this clone. */
export async function lastRelease(standIn: string): Promise<string | undefined> {
  const tag = await git("describe", "--tags", "--abbrev=0", "--match", "v*").catch(() => standIn);
  return await git("rev-parse", "--verify", "--quiet", `${tag.trim()}^{commit}`).then(
    (commit) => commit.trim(),
    () => undefined,
  );
}

/** Gives the directory. Takes today's packages if it wants the same ones. */
export async function checkOut(commit: string): Promise<string> {
  const directory = temporaryDirectory();
  const archive = join(directory, "sources.tar");
  await git("archive", "--output", archive, commit, "src", "drivers", "package.json", LOCK);
  await run("tar", ["-xf", archive, "-C", directory]);
  const isSame = (await git("rev-parse", `${commit}:${LOCK}`)) === (await git("hash-object", LOCK));
  if (isSame) await symlink(join(HERE, "node_modules"), join(directory, "node_modules"));
  else await run("npm", ["ci", "--omit=dev", "--no-audit", "--no-fund"], { cwd: directory });
  return directory;
}

const git = async (...args: readonly string[]): Promise<string> => (await run("git", args, { cwd: HERE })).stdout;
