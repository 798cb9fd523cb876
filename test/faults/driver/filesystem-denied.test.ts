import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { temporaryDirectory } from "../../support/temp.ts";

const NOBODY = 65_534;
const CHILD = new URL("filesystem-unprivileged.ts", import.meta.url).pathname;
const skip = process.getuid?.() === 0 ? false : "only root can become somebody else";

describe("without permission", { skip }, () => {
  test("the answer is denied, and never that nothing is there", async (t) => {
    const root = await rootOfNobody(t);
    for (const name of ["a", "closed", "open"]) await writeDeep(join(root, "tree", name, "object"));
    await writeDeep(join(root, "tree/secret"));
    await chmod(join(root, "tree/closed"), 0o000);
    await chmod(join(root, "tree/secret"), 0o000);
    await runAsNobody(root, "unreadable");
  });

  test("a root that becomes read-only is found out, and can still be read", async (t) => {
    await runAsNobody(await rootOfNobody(t), "becomes read-only");
  });

  test("a file that belongs to another user is copied, not linked", async (t) => {
    const root = await rootOfNobody(t);
    await writeDeep(join(root, "foreign/object"));
    await runAsNobody(root, "foreign file");
  });
});

async function rootOfNobody(t: { after(work: () => Promise<void>): void }): Promise<string> {
  const directory = await temporaryDirectory();
  t.after(directory.remove);
  await chown(directory.path, NOBODY, NOBODY);
  return directory.path;
}

async function writeDeep(path: string): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, "x");
}

async function runAsNobody(root: string, scene: string): Promise<void> {
  const child = spawn(process.execPath, [CHILD, root, scene, String(NOBODY)], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk) => (said += chunk));
  const [code] = await once(child, "close");
  assert.equal(code, 0, said);
}
