/** Where a listing rolls up directories that are alike, the object in the next one is looked for where the last one had its. */
import assert from "node:assert/strict";
import fs from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mock, test } from "node:test";
import type { StorageDriver } from "../../../drivers/contract.ts";
import { temporaryDirectory } from "../../support/temp.ts";

// Before the driver takes it.
const directories = [mock.method(fs, "readdir"), mock.method(fs, "readdirSync")];
const stat = fs.statSync;
const looks = mock.method(fs, "statSync");
const { openDriver } = await import("../../../drivers/open.ts");

const bytes = Buffer.from("x");

async function scene(t: { after(work: () => Promise<void>): void }) {
  const directory = await temporaryDirectory();
  t.after(directory.remove);
  const driver = await openDriver("filesystem", { rootdirectory: directory.path }, { warn: assert.fail });
  t.after(() => driver.close());
  return { driver, at: (name: string) => join(directory.path, name) };
}

const rolledUp = async (driver: StorageDriver, prefix: string) =>
  (await Array.fromAsync(driver.list(prefix, { delimiter: "/" }))).map(({ key }) => key.slice(prefix.length));

test("of those that are alike only the first is read", async (t) => {
  const { driver } = await scene(t);
  const tags = Array.from({ length: 100 }, (_, index) => `v${index + 100}/`);
  for (const tag of tags) await driver.put(`tags/${tag}current/link`, bytes);
  for (const { mock } of directories) mock.resetCalls();
  assert.deepEqual(await rolledUp(driver, "tags/"), tags);
  const reads = directories.reduce((sum, { mock }) => sum + mock.callCount(), 0);
  assert.equal(reads, 3, "the directory of them all, the first, and what is in that");
});

test("one that is unlike is read, and shown if it holds any object", async (t) => {
  const { driver, at } = await scene(t);
  for (const name of ["a", "b", "c", "d", "e"]) await driver.put(`tags/${name}/current/link`, bytes);
  await rm(at("tags/b/current/link"));
  await mkdir(at("tags/b/current/link"));
  await driver.put("tags/c/index/link", bytes);
  await rm(at("tags/c/current"), { recursive: true });
  await rm(at("tags/d/current/link"));
  await rename(at("tags/e/current/link"), at("tags/e/link"));
  assert.deepEqual(await rolledUp(driver, "tags/"), ["a/", "c/", "e/"]);
});

test("what is reserved is not shown for being alike", async (t) => {
  const { driver, at } = await scene(t);
  await driver.put("a/tmp/leftover", bytes);
  await writeFile(at("moorage/tmp/leftover"), "x");
  assert.deepEqual(await rolledUp(driver, ""), ["a/"]);
});

test("a look that fails proves nothing: the directory is read", async (t) => {
  const { driver } = await scene(t);
  for (const name of ["a", "b"]) await driver.put(`tags/${name}/current/link`, bytes);
  looks.mock.mockImplementation(((path: string, options: object) => {
    if (path.endsWith("tags/b/current/link")) throw Object.assign(new Error("EIO"), { code: "EIO" });
    return stat(path, options);
  }) as typeof stat);
  t.after(async () => looks.mock.restore());
  assert.deepEqual(await rolledUp(driver, "tags/"), ["a/", "b/"]);
});
