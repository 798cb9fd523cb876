import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { StorageDriver } from "../../../drivers/contract.ts";
import { openDriver } from "../../../drivers/open.ts";
import { temporaryDirectory } from "../../support/temp.ts";

const bytes = Buffer.from("x");
const UNNAMEABLE = [
  "../secret",
  "../../etc/passwd",
  "a/../../secret",
  "a/..",
  "./a",
  "/etc/passwd",
  "//a",
  "a\0.txt",
  "",
];
const RESERVED = ["moorage/tmp", "moorage/tmp/x", "moorage/tmp/multipart/x/1-x"];
const TOO_LONG = [
  "x".repeat(256),
  `a/${"x".repeat(256)}/b`,
  Array.from({ length: 50 }, () => "y".repeat(99)).join("/"),
];

async function scene(t: { after(work: () => Promise<void>): void }) {
  const directory = await temporaryDirectory();
  t.after(directory.remove);
  const root = join(directory.path, "root");
  await writeFile(join(directory.path, "secret"), "secret");
  const driver = await openDriver("filesystem", { rootdirectory: root }, { warn: assert.fail });
  t.after(() => driver.close());
  return { driver, root, outside: directory.path };
}

function everyUseOf(driver: StorageDriver, key: string): readonly (() => Promise<unknown>)[] {
  return [
    () => driver.head(key),
    () => driver.get(key),
    () => driver.put(key, bytes),
    () => driver.delete(key),
    () => driver.deleteMany([key]),
    () => driver.copy(key, "target"),
    () => driver.copy("source", key),
    () => driver.multipart.create(key),
    async () => driver.conditional?.create(key, bytes),
  ];
}

test("no key leads out of the root, or to unfinished files", async (t) => {
  const { driver, root, outside } = await scene(t);
  await driver.put("source", bytes);
  for (const key of [...UNNAMEABLE, ...RESERVED]) {
    for (const use of everyUseOf(driver, key)) await assert.rejects(use, { name: "DriverError", kind: "key_invalid" });
  }
  assert.deepEqual((await readdir(outside)).sort(), ["root", "secret"]);
  assert.equal(await readFile(join(outside, "secret"), "utf8"), "secret");
  assert.deepEqual((await readdir(root)).sort(), ["moorage", "source"]);
});

test("no upload and no receipt leads out of its directory", async (t) => {
  const { driver, outside } = await scene(t);
  const upload = await driver.multipart.create("object");
  const part = await driver.multipart.putPart(upload, 1, bytes);
  const secret = { partNumber: 1, size: 6, token: "../../../../../secret" };
  await assert.rejects(driver.multipart.complete(upload, [secret]), { kind: "not_found" });
  await assert.rejects(driver.multipart.complete({ ...upload, key: "../object" }, [part]), { kind: "key_invalid" });
  for (const id of ["..", "../..", "../../../..", "", ".", "/", "x\0"]) {
    await driver.multipart.abort({ key: "object", id });
    await assert.rejects(driver.multipart.putPart({ key: "object", id }, 1, bytes), { kind: "not_found" });
    await assert.rejects(async () => driver.multipart.openPart?.({ key: "object", id }, 1), { kind: "not_found" });
    await assert.rejects(driver.multipart.complete({ key: "object", id }, [part]), { kind: "not_found" });
  }
  await driver.multipart.complete(upload, [part]);
  assert.deepEqual((await readdir(outside)).sort(), ["root", "secret"]);
});

test("a name that the file system cannot hold is absent when looked for, and refused when written", async (t) => {
  const { driver } = await scene(t);
  await driver.put("source", bytes);
  for (const key of TOO_LONG) {
    await assert.rejects(driver.head(key), { kind: "not_found" });
    await assert.rejects(driver.get(key), { kind: "not_found" });
    await assert.rejects(driver.copy(key, "target"), { kind: "not_found" });
    await driver.delete(key);
    await driver.deleteMany([key]);
    for await (const _ of driver.list(`${key}/`)) assert.fail();
    await assert.rejects(driver.put(key, bytes), { kind: "key_invalid" });
    await assert.rejects(driver.copy("source", key), { kind: "key_invalid" });
    await assert.rejects(async () => driver.conditional?.create(key, bytes), { kind: "key_invalid" });
    const upload = await driver.multipart.create(key);
    const part = await driver.multipart.putPart(upload, 1, bytes);
    await assert.rejects(driver.multipart.complete(upload, [part]), { kind: "key_invalid" });
    await driver.multipart.abort(upload);
  }
  const found: string[] = [];
  for await (const { key } of driver.list("")) found.push(key);
  assert.deepEqual(found, ["source"]);
});

test("unfinished files are in no listing, and what else is below moorage is", async (t) => {
  const { driver, root } = await scene(t);
  const keys = async (prefix: string, delimiter?: "/") => {
    const found: string[] = [];
    for await (const { key } of driver.list(prefix, { delimiter })) found.push(key);
    return found;
  };
  await driver.multipart.create("object");
  await writeFile(join(root, "moorage/tmp/leftover"), "x");
  assert.deepEqual(await keys(""), []);
  assert.deepEqual(await keys("", "/"), []);
  assert.deepEqual(await keys("moorage/", "/"), []);
  for (const prefix of ["moorage/tmp", "moorage/tmp/", "moorage/tmp/multipart/", "moorage/tmp/left"]) {
    assert.deepEqual(await keys(prefix), []);
    assert.deepEqual(await keys(prefix, "/"), []);
  }
  await driver.put("moorage/tmpfile", bytes);
  await mkdir(join(root, "moorage/uploads"), { recursive: true });
  await driver.put("moorage/uploads/1", bytes);
  assert.deepEqual(await keys(""), ["moorage/tmpfile", "moorage/uploads/1"]);
  assert.deepEqual(await keys("moorage/", "/"), ["moorage/tmpfile", "moorage/uploads/"]);
  assert.deepEqual(await keys("", "/"), ["moorage/"]);
});
