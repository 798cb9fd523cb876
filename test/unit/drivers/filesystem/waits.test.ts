import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { mock, test } from "node:test";
import { temporaryDirectory } from "../../../support/temp.ts";

const made: string[] = [];
// Before the driver takes them.
for (const name of [
  "utimes",
  "utimesSync",
  "futimes",
  "futimesSync",
  "fsync",
  "unlinkSync",
  "mkdirSync",
  "rmdir",
  "rmdirSync",
] as const) {
  const call = fs[name] as (...args: unknown[]) => unknown;
  mock.method(fs, name, (...args: unknown[]) => {
    made.push(name.replace(/^f?utimes.*/, "date"));
    return call(...args);
  });
}
const { localDisk } = await import("../../../../drivers/filesystem/disk.ts");
const { openDriver } = await import("../../../../drivers/open.ts");

test("a file has its date before it is synced: changing what the disk is just writing waits for it", async (t) => {
  const driver = await openedDriver(t);
  const [first, second, ...others] = await callsOf(() => driver.put("a/b", Buffer.from("x")));
  assert.deepEqual([first, second], ["date", "fsync"]);
  assert.ok(!others.includes("date"));
});

test("what is removed does not hold the main thread, whatever it was", async (t) => {
  const driver = await openedDriver(t);
  await driver.put("a/b", Buffer.from("x"));
  await driver.put("a/c", Buffer.from("x"));
  const calls = await callsOf(async () => {
    await driver.deleteMany(["a/b"], { transient: true });
    await driver.delete("a/c");
  });
  assert.deepEqual(
    calls.filter((name) => name.endsWith("Sync")),
    [],
  );
});

test("what is transient keeps the date that its bytes have given it, and waits for nothing", async (t) => {
  const driver = await openedDriver(t);
  const put = () => driver.put("a/b", Buffer.from("x"), { transient: true });
  const before = Date.now();
  await put();
  assert.deepEqual(await callsOf(put), []);
  const age = (await driver.head("a/b")).lastModified.getTime() - before;
  assert.ok(age > -1000 && age < 10_000, `${age} ms`);
});

test("where something transient lay, its directory stays, and no call is lost on it", async (t) => {
  const driver = await openedDriver(t);
  await driver.put("a/b", Buffer.from("x"), { transient: true });
  assert.deepEqual(await callsOf(() => driver.deleteMany(["a/b"], { transient: true })), []);
  assert.ok(!(await callsOf(() => driver.put("a/c", Buffer.from("x"), { transient: true }))).includes("mkdirSync"));
  await driver.deleteMany(["a/c"]);
  assert.ok((await callsOf(() => driver.put("a/d", Buffer.from("x")))).includes("mkdirSync"));
});

test("nobody waits to hear that a directory with another one in it is not empty", async (t) => {
  const { path, remove } = await temporaryDirectory();
  t.after(remove);
  const [outer, inner] = [join(path, "outer"), join(path, "outer/inner")];
  fs.mkdirSync(inner, { recursive: true });
  const isCounted = fs.statSync(outer).nlink > 2; // on most file systems
  const callsToRemove = (directory: string, isRemoved: boolean) =>
    callsOf(async () => assert.equal(await localDisk.removeEmpty(directory), isRemoved));
  assert.deepEqual(await callsToRemove(outer, false), isCounted ? [] : ["rmdir"]);
  for (const directory of [inner, outer, outer]) assert.deepEqual(await callsToRemove(directory, true), ["rmdir"]);
  fs.mkdirSync(outer);
  fs.writeFileSync(join(outer, "file"), "");
  assert.deepEqual(await callsToRemove(outer, false), ["rmdir"]);
});

async function openedDriver(t: { after(work: () => Promise<void>): void }) {
  const directory = await temporaryDirectory();
  const driver = await openDriver("filesystem", { rootdirectory: directory.path }, { warn: assert.fail });
  t.after(async () => {
    await driver.close();
    await directory.remove();
  });
  return driver;
}

async function callsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  made.length = 0;
  await work();
  return [...made];
}
