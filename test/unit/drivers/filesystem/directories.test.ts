import assert from "node:assert/strict";
import { test } from "node:test";
import { syncDirectory } from "../../../../drivers/filesystem/directories.ts";
import { patientDisk } from "../../../../drivers/filesystem/disk.ts";
import { temporaryDirectory } from "../../../support/temp.ts";

test("those that sync a directory at once share a sync that begins after all of them", async (t) => {
  const directory = await temporaryDirectory();
  t.after(directory.remove);
  let opened = 0;
  const disk = {
    ...patientDisk,
    open(path: string) {
      opened++;
      return patientDisk.open(path);
    },
  };
  const first = syncDirectory(disk, directory.path);
  const late = [syncDirectory(disk, directory.path), syncDirectory(disk, directory.path)];
  await first;
  assert.equal(opened, 1, "nobody joins a sync that is under way");
  await Promise.all(late);
  assert.equal(opened, 2);
  await syncDirectory(disk, directory.path);
  assert.equal(opened, 3);
});

test("a sync that fails fails for those who share it, and not for the next", async () => {
  const failures = [new Error("first"), new Error("second")];
  const broken = {
    ...patientDisk,
    open(): number {
      throw failures.shift() ?? Object.assign(new Error("gone"), { code: "ENOENT" });
    },
  };
  const results = await Promise.allSettled(["/d", "/d", "/d"].map((path) => syncDirectory(broken, path)));
  assert.deepEqual(
    results.map((result) => (result.status === "rejected" ? result.reason.message : undefined)),
    ["first", "second", "second"],
  );
  await syncDirectory(broken, "/d");
});
