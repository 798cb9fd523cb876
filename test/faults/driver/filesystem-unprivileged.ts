/**
 * What a user without rights meets, on a tree that the test has prepared: `node filesystem-unprivileged.ts <root> <scene> <user>`,
 * started as root.
 */
import assert from "node:assert/strict";
import { chmod } from "node:fs/promises";
import type { StorageDriver } from "../../../drivers/contract.ts";
import { filesystemParameters } from "../../../drivers/filesystem/config.ts";
import { openFilesystemDriver } from "../../../drivers/filesystem/driver.ts";

const [root = "", scene = "", user = ""] = process.argv.slice(2);
const bytes = Buffer.from("x");
const denied = { name: "DriverError", kind: "denied", retryable: false };

const open = () => openFilesystemDriver(filesystemParameters.parse({ rootdirectory: root }), { warn: () => {} });

async function firstKey(driver: StorageDriver, prefix: string): Promise<string | undefined> {
  for await (const { key } of driver.list(prefix)) return key;
  return undefined;
}

async function allKeys(driver: StorageDriver, prefix: string, seen: string[] = []): Promise<string[]> {
  for await (const { key } of driver.list(prefix)) seen.push(key);
  return seen;
}

const SCENES: Readonly<Record<string, () => Promise<void>>> = {
  /** `tree/closed` has mode 000, between `tree/a` and `tree/open`. */
  async unreadable() {
    const driver = await open();
    await assert.rejects(driver.head("tree/closed/object"), denied);
    await assert.rejects(driver.get("tree/closed/object"), denied);
    await assert.rejects(driver.head("tree/closed/nothing"), denied);
    await assert.rejects(driver.put("tree/closed/object", bytes), denied);
    await assert.rejects(driver.delete("tree/closed/object"), denied);
    await assert.rejects(driver.copy("tree/closed/object", "copy"), denied);
    await assert.rejects(driver.get("tree/secret"), denied);

    assert.equal(await firstKey(driver, "tree/"), "tree/a/object");
    const seen: string[] = [];
    await assert.rejects(allKeys(driver, "tree/", seen), denied);
    assert.deepEqual(seen, ["tree/a/object"]);
    assert.deepEqual(await allKeys(driver, "tree/open/"), ["tree/open/object"]);
    await driver.close();
  },

  /** The root belongs to this user. */
  async "becomes read-only"() {
    const driver = await open();
    await driver.put("kept/object", bytes);
    await driver.check();
    for (const directory of ["kept", "moorage/tmp", "moorage", "."]) await chmod(`${root}/${directory}`, 0o500);
    await assert.rejects(driver.check(), denied);
    await assert.rejects(driver.put("kept/object", bytes), denied);
    await assert.rejects(driver.delete("kept/object"), denied);
    await assert.rejects(driver.deleteMany(["kept/object"]), denied);
    await assert.rejects(driver.copy("kept/object", "kept/copy"), denied);
    assert.deepEqual(await (await driver.get("kept/object")).bytes(), bytes);
    assert.deepEqual(await allKeys(driver, ""), ["kept/object"]);
    await driver.close();
    await assert.rejects(open(), { ...denied, operation: "open" });
    for (const directory of [".", "moorage", "moorage/tmp", "kept"]) await chmod(`${root}/${directory}`, 0o700);
  },

  /** `foreign/object` is another user's, and may be read. */
  async "foreign file"() {
    const driver = await open();
    const { size } = await driver.copy("foreign/object", "copy");
    assert.equal((await driver.head("copy")).size, size);
    assert.deepEqual(await (await driver.get("copy")).bytes(), bytes);
    await driver.close();
  },
};

// Now that all modules are read: these sources may lie where the user may not look.
process.setgroups?.([]);
process.setgid?.(Number(user));
process.setuid?.(Number(user));
await (SCENES[scene] ?? assert.fail)();
