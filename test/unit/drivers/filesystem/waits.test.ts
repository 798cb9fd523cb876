import assert from "node:assert/strict";
import fs from "node:fs";
import { mock, test } from "node:test";
import { temporaryDirectory } from "../../../support/temp.ts";

const made: string[] = [];
// Before the driver takes them.
for (const name of ["utimes", "utimesSync", "futimes", "futimesSync", "fsync", "unlinkSync", "rmdirSync"] as const) {
  const call = fs[name] as (...args: unknown[]) => unknown;
  mock.method(fs, name, (...args: unknown[]) => {
    made.push(name.replace(/^f?utimes.*/, "date"));
    return call(...args);
  });
}
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
