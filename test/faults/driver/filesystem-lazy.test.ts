import assert from "node:assert/strict";
import fs from "node:fs";
import { mock, test } from "node:test";
import { temporaryDirectory } from "../../support/temp.ts";

// Before the driver takes it.
const directories = [mock.method(fs, "readdir"), mock.method(fs, "readdirSync")];
const { openDriver } = await import("../../../drivers/open.ts");

test("a listing reads no more of the tree than its reader wants to see", async (t) => {
  const directory = await temporaryDirectory();
  t.after(directory.remove);
  const driver = await openDriver("filesystem", { rootdirectory: directory.path }, { warn: assert.fail });
  t.after(() => driver.close());
  await Promise.all(
    Array.from({ length: 300 }, (_, index) => driver.put(`blobs/${index + 100}/data`, Buffer.from("x"))),
  );

  const reads = async (count: number, startAfter?: string) => {
    for (const { mock } of directories) mock.resetCalls();
    let seen = 0;
    for await (const _ of driver.list("blobs/", { startAfter })) if (++seen === count) break;
    return directories.reduce((sum, { mock }) => sum + mock.callCount(), 0);
  };
  assert.ok((await reads(1)) <= 4, "the first key");
  assert.ok((await reads(20)) <= 64, "twenty keys");
  assert.ok((await reads(1000)) >= 300, "all of them");
  assert.ok((await reads(1000, "blobs/390/data")) <= 11, "the last ones: what lies before is not read");
  assert.ok((await reads(1, "blobs/399/data")) <= 2, "nothing is left");
});
