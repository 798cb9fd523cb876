/** What else may be in the tree: left there by distribution, by an operator, or by somebody at the same time. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, readdir, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import type { ListOptions, StorageDriver } from "../../../drivers/contract.ts";
import { openStore } from "../../../drivers/filesystem/open.ts";
import { sweepLeftovers } from "../../../drivers/filesystem/sweep.ts";
import { openDriver } from "../../../drivers/open.ts";
import { temporaryDirectory } from "../../support/temp.ts";

const bytes = Buffer.from("x");
const HOUR = 3_600_000;

async function scene(t: { after(work: () => Promise<void>): void }) {
  const directory = await temporaryDirectory();
  t.after(directory.remove);
  const driver = await openDriver("filesystem", { rootdirectory: directory.path }, { warn: assert.fail });
  t.after(() => driver.close());
  return { driver, root: directory.path, at: (name: string) => join(directory.path, name) };
}

async function keysOf(driver: StorageDriver, prefix = "", options?: ListOptions): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of driver.list(prefix, options)) keys.push(key);
  return keys;
}

test("an empty directory is no prefix, however deep it is", async (t) => {
  const { driver, at } = await scene(t);
  await mkdir(at("tags/empty/current"), { recursive: true });
  await mkdir(at("tags/emptier"));
  await driver.put("tags/full/current/link", bytes);
  await mkdir(at("tags/full/index/sha256"), { recursive: true });
  assert.deepEqual(await keysOf(driver, "tags/", { delimiter: "/" }), ["tags/full/"]);
  assert.deepEqual(await keysOf(driver), ["tags/full/current/link"]);
});

test("a delete takes the directories that it empties, and no other", async (t) => {
  const { driver, root, at } = await scene(t);
  await driver.put("a/b/c/d", bytes);
  await driver.put("a/x", bytes);
  await driver.delete("a/b/c/d");
  assert.deepEqual((await readdir(at("a"))).sort(), ["x"]);
  await driver.deleteMany(["a/x"]);
  assert.deepEqual(await readdir(root), ["moorage"]);

  await mkdir(at("left/by/a/crash"), { recursive: true });
  await driver.delete("left/by/a/crash/object");
  assert.deepEqual(await readdir(root), ["moorage"]);
});

test("names that are not UTF-8, pipes, sockets and dangling links are not objects", async (t) => {
  const { driver, root, at } = await scene(t);
  await driver.put("dir/object", bytes);
  await writeFile(Buffer.concat([Buffer.from(at("dir/")), Buffer.from([0xff, 0xfe])]), "x");
  await mkdir(Buffer.concat([Buffer.from(at("dir/")), Buffer.from([0xc3])]));
  await symlink("/nowhere/at/all", at("dir/dangling"));
  execFileSync("mkfifo", [at("dir/pipe")]);
  const server = createServer().listen(at("dir/socket"));
  t.after(() => void server.close());
  await new Promise((resolve) => server.once("listening", resolve));

  assert.deepEqual(await keysOf(driver), ["dir/object"]);
  assert.deepEqual(await keysOf(driver, "", { delimiter: "/" }), ["dir/"]);
  assert.deepEqual(await keysOf(driver, "dir/", { delimiter: "/" }), ["dir/object"]);
  for (const name of ["dir/pipe", "dir/dangling", "dir"]) {
    await assert.rejects(driver.head(name), { kind: "not_found" });
    await assert.rejects(driver.get(name), { kind: "not_found" });
  }
  assert.ok((await stat(root)).isDirectory());
});

test("links are followed, since an operator made them", async (t) => {
  const { driver, at } = await scene(t);
  await driver.put("real/object", bytes);
  await symlink(at("real"), at("linked"));
  await symlink(at("real/object"), at("alias"));
  assert.deepEqual(await keysOf(driver), ["alias", "linked/object", "real/object"]);
  assert.equal((await driver.head("linked/object")).size, 1);
});

test("what lies in the way is an error of its own, and nothing is lost", async (t) => {
  const { driver, at } = await scene(t);
  await driver.put("file", bytes);
  await driver.put("directory/object", bytes);
  await assert.rejects(driver.put("file/below", bytes), { kind: "unexpected" });
  await assert.rejects(driver.put("directory", bytes), { kind: "unexpected" });
  await assert.rejects(driver.copy("file", "directory"), { kind: "unexpected" });
  assert.deepEqual(await keysOf(driver), ["directory/object", "file"]);
  assert.deepEqual(await readdir(at("moorage/tmp")), ["multipart"]);
});

test("everything below moorage may be removed at any time", async (t) => {
  const { driver, at } = await scene(t);
  const upload = await driver.multipart.create("object");
  const wipe = () => rm(at("moorage"), { recursive: true });
  const writes: readonly (() => Promise<unknown>)[] = [
    () => driver.put("a", bytes),
    () => driver.copy("a", "b"),
    async () => driver.conditional?.create("c", bytes),
    () => driver.multipart.create("d"),
    () => driver.check(),
  ];
  for (const write of writes) {
    await wipe();
    await write();
  }
  await wipe();
  await assert.rejects(driver.multipart.putPart(upload, 1, bytes), { kind: "not_found" });
  assert.deepEqual(await keysOf(driver), ["a", "b", "c"]);
  for await (const _ of driver.multipart.listUploads?.("") ?? []) assert.fail();
});

test("a write makes its directories also while deletes remove them", async (t) => {
  const { driver } = await scene(t);
  const writer = async (_: unknown, index: number) => {
    for (let turn = 0; turn < 50; turn++) {
      const key = `tree/${index % 2}/${index}/object`;
      await driver.put(key, bytes);
      await driver.delete(key);
    }
  };
  await Promise.all(Array.from({ length: 16 }, writer));
  assert.deepEqual(await keysOf(driver, "tree/"), []);
});

test("a root that is gone is not made again, and is no empty store", async (t) => {
  const directory = await temporaryDirectory();
  t.after(directory.remove);
  const root = join(directory.path, "mounted");
  const driver = await openDriver("filesystem", { rootdirectory: root }, { warn: assert.fail });
  await rm(root, { recursive: true });
  await assert.rejects(driver.check(), { kind: "unavailable" });
  await assert.rejects(driver.put("a", bytes), { kind: "unavailable" });
  await assert.rejects(driver.multipart.create("a"), { kind: "unavailable" });
  assert.deepEqual(await readdir(directory.path), []);
});

test("a root that is no directory cannot be opened, and one that is missing is made", async (t) => {
  const directory = await temporaryDirectory();
  t.after(directory.remove);
  await writeFile(join(directory.path, "file"), "x");
  const open = (name: string) =>
    openDriver("filesystem", { rootdirectory: join(directory.path, name) }, { warn: assert.fail });
  await assert.rejects(open("file"), { name: "DriverError", operation: "open", message: /not a directory/ });
  await assert.rejects(open("file/below"), { name: "DriverError", operation: "open" });
  const driver = await open("new/and/deep");
  await driver.put("a", bytes);
  await driver.close();
});

test("leftovers go when they are a day old, and uploads when nobody touched them for a month", async (t) => {
  const { driver, root, at } = await scene(t);
  const upload = await driver.multipart.create("object");
  await writeFile(at("moorage/tmp/leftover"), "x");
  await mkdir(at("moorage/tmp/removed-upload/parts"), { recursive: true });
  const store = await openStore(root, { warn: assert.fail });
  const sweepIn = (hours: number) => sweepLeftovers(store, Date.now() + hours * HOUR, new AbortController().signal);

  await sweepIn(23);
  assert.equal((await readdir(at("moorage/tmp"))).length, 3);
  await sweepIn(25);
  assert.deepEqual(await readdir(at("moorage/tmp")), ["multipart"]);
  await driver.multipart.putPart(upload, 1, bytes);
  await sweepIn(29 * 24);
  assert.deepEqual(await readdir(at("moorage/tmp/multipart")), [upload.id]);
  await sweepIn(31 * 24);
  assert.deepEqual(await readdir(at("moorage/tmp/multipart")), []);
});

test("a failed complete can be repeated", async (t) => {
  const { driver, at } = await scene(t);
  const upload = await driver.multipart.create("object");
  const parts = [];
  for (const number of [1, 2]) parts.push(await driver.multipart.putPart(upload, number, Buffer.from(`${number}`)));
  await mkdir(at("object/in the way"), { recursive: true });
  for (const wanted of [parts, parts.slice(0, 1)]) {
    await assert.rejects(driver.multipart.complete(upload, wanted), { kind: "unexpected" });
  }
  await rm(at("object"), { recursive: true });
  await driver.multipart.complete(upload, parts);
  assert.equal((await (await driver.get("object")).bytes()).toString(), "12");
});

test("a part that is not as in its receipt is not put into an object", async (t) => {
  const { driver, at } = await scene(t);
  const upload = await driver.multipart.create("object");
  const part = await driver.multipart.putPart(upload, 1, Buffer.from("part"));
  await truncate(at(`moorage/tmp/multipart/${upload.id}/${part.token}`), 2);
  await assert.rejects(driver.multipart.complete(upload, [part]), { kind: "not_found" });
  await driver.multipart.abort(upload);
});

test("two drivers sweep and write over one root without harm", async (t) => {
  const { driver, root } = await scene(t);
  const opening = Array.from({ length: 5 }, () =>
    openDriver("filesystem", { rootdirectory: root }, { warn: assert.fail }),
  );
  await Promise.all(Array.from({ length: 50 }, (_, index) => driver.put(`k/${index}`, bytes)));
  for (const other of await Promise.all(opening)) await other.close();
  assert.equal((await keysOf(driver)).length, 50);
});
