import assert from "node:assert/strict";
import { test } from "node:test";
import { makeDirectories, oweSync, syncDirectory, syncEntry } from "../../../../drivers/filesystem/directories.ts";
import { patientDisk } from "../../../../drivers/filesystem/disk.ts";
import { temporaryDirectory } from "../../../support/temp.ts";

test("those that sync a directory at once share a sync that begins after all of them", async (t) => {
  const directory = await temporaryDirectory();
  t.after(directory.remove);
  const { disk, synced } = recordingDisk();
  const first = syncDirectory(disk, directory.path);
  const late = [syncDirectory(disk, directory.path), syncDirectory(disk, directory.path)];
  await first;
  assert.equal(synced.length, 1, "nobody joins a sync that is under way");
  await Promise.all(late);
  assert.equal(synced.length, 2);
  await syncDirectory(disk, directory.path);
  assert.equal(synced.length, 3);
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

test("what a transient write owes is synced by the first write that relies on it, and by no other", async (t) => {
  const directory = await temporaryDirectory();
  t.after(directory.remove);
  const root = directory.path;
  const { disk, synced } = recordingDisk();
  oweSync(await makeDirectories(disk, `${root}/a/b/transient`));
  assert.deepEqual(synced, []);
  await syncEntry(disk, `${root}/a/c`, await makeDirectories(disk, `${root}/a/c`));
  assert.deepEqual(synced.splice(0).sort(), [root, `${root}/a`, `${root}/a/c`]);
  await syncEntry(disk, `${root}/a/c`, []);
  assert.deepEqual(synced.splice(0), [`${root}/a/c`]);
  await syncEntry(disk, `${root}/a/b/transient`, []);
  assert.deepEqual(synced.splice(0).sort(), [`${root}/a/b`, `${root}/a/b/transient`]);
});

test("what is owed stays so when the sync fails", async (t) => {
  const directory = await temporaryDirectory();
  t.after(directory.remove);
  const failing = { ...patientDisk, open: () => Promise.reject(new Error("broken")) };
  const { disk, synced } = recordingDisk();
  oweSync(await makeDirectories(disk, `${directory.path}/a/b`));
  await assert.rejects(syncEntry(failing, `${directory.path}/a/b`, []), /broken/);
  await syncEntry(disk, `${directory.path}/a/b`, []);
  assert.deepEqual(synced.sort(), [directory.path, `${directory.path}/a`, `${directory.path}/a/b`]);
});

test("what a write made and could not sync, the next one that relies on it syncs", async (t) => {
  const directory = await temporaryDirectory();
  t.after(directory.remove);
  const failing = { ...patientDisk, open: () => Promise.reject(new Error("broken")) };
  const { disk, synced } = recordingDisk();
  const made = await makeDirectories(disk, `${directory.path}/a/b`);
  await assert.rejects(syncEntry(failing, `${directory.path}/a/b`, made), /broken/);
  await syncEntry(disk, `${directory.path}/a/b`, []);
  assert.deepEqual(synced.sort(), [directory.path, `${directory.path}/a`, `${directory.path}/a/b`]);
});

function recordingDisk() {
  const synced: string[] = [];
  const open = (path: string) => {
    synced.push(path);
    return patientDisk.open(path);
  };
  return { disk: { ...patientDisk, open }, synced };
}
