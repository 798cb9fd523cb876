import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import type { StorageDriver } from "../../../drivers/contract.ts";
import { openDriver } from "../../../drivers/open.ts";
import { filesystemLeftovers } from "../../contract/driver/filesystem-leftovers.ts";
import { bytesOf } from "../../support/bytes.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../../support/temp.ts";
import { assertNoHandleLeaks } from "./handles.ts";

const run = promisify(execFile);
const TOO_MUCH = bytesOf(3_000_000);
const skip = await whyNoMount();

async function whyNoMount(): Promise<string | false> {
  if (process.getuid?.() !== 0) return "only root can mount a small disk";
  if (!existsSync("/dev/shm")) return "there is no /dev/shm to mount a small disk in";
  const probe = await temporaryDirectory("/dev/shm");
  try {
    await run("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", probe.path]);
    await run("umount", [probe.path]);
    return false;
  } catch (error) {
    return `mount does not work here: ${error}`;
  } finally {
    await probe.remove();
  }
}

describe("a full disk", { skip }, () => {
  let directory: TemporaryDirectory;
  let driver: StorageDriver;
  before(async () => {
    directory = await temporaryDirectory("/dev/shm");
    await run("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", directory.path]);
    driver = await openDriver("filesystem", { rootdirectory: directory.path }, { warn: assert.fail });
    await driver.put("kept", bytesOf(1000));
  });
  after(async () => {
    await driver?.close();
    if (directory) await run("umount", [directory.path]);
    await directory?.remove();
  });

  const assertUnharmed = async () => {
    assert.deepEqual(await (await driver.get("kept")).bytes(), bytesOf(1000));
    assert.deepEqual(await filesystemLeftovers(directory.path), []);
    await driver.put("small", bytesOf(1000));
    await driver.delete("small");
  };

  test("refuses a put with no_space, and leaves the old object and no trace", async () => {
    await assertNoHandleLeaks(async () => {
      await assert.rejects(driver.put("kept", TOO_MUCH), { name: "DriverError", kind: "no_space", retryable: false });
      await assert.rejects(driver.put("new/deep/object", TOO_MUCH), { kind: "no_space" });
      await assert.rejects(driver.conditional?.create("created", TOO_MUCH) ?? Promise.resolve(), { kind: "no_space" });
    });
    await assertUnharmed();
  });

  test("refuses a part, as a whole or while it arrives", async () => {
    await assertNoHandleLeaks(async () => {
      const upload = await driver.multipart.create("object");
      await assert.rejects(driver.multipart.putPart(upload, 1, TOO_MUCH), { kind: "no_space" });
      const writer = await driver.multipart.openPart?.(upload, 2);
      assert.ok(writer);
      const failure = { kind: "no_space" };
      await assert.rejects(async () => {
        for (let chunk = 0; chunk < 40; chunk++) await writer.write(TOO_MUCH.subarray(0, 100_000));
      }, failure);
      await assert.rejects(async () => writer.write(TOO_MUCH.subarray(0, 1)), failure);
      await assert.rejects(writer.close(), failure);
      await writer.abort();
      await driver.multipart.abort(upload);
    });
    await assertUnharmed();
  });

  test("refuses to put parts together, until there is room", async () => {
    const upload = await driver.multipart.create("object");
    const parts = [];
    for (const number of [1, 2])
      parts.push(await driver.multipart.putPart(upload, number, bytesOf(600_000, `${number}`)));
    await assert.rejects(driver.multipart.complete(upload, parts), { kind: "no_space" });
    await assert.rejects(driver.head("object"), { kind: "not_found" });
    await run("mount", ["-o", "remount,size=4m", directory.path]);
    assert.equal((await driver.multipart.complete(upload, parts)).size, 1_200_000);
    await driver.delete("object");
    await run("mount", ["-o", "remount,size=2m", directory.path]);
    await assertUnharmed();
  });

  test("one part or a copy needs no room", async () => {
    const upload = await driver.multipart.create("object");
    const part = await driver.multipart.putPart(upload, 1, bytesOf(1_200_000));
    await driver.multipart.complete(upload, [part]);
    await driver.copy("object", "copy");
    assert.deepEqual(await (await driver.get("copy")).bytes(), bytesOf(1_200_000));
    await driver.deleteMany(["object", "copy"]);
    await assertUnharmed();
  });

  test("still reads, lists and deletes, and is well enough for that", async () => {
    const filler = join(directory.path, "filler");
    await assert.rejects(writeFile(filler, TOO_MUCH), { code: "ENOSPC" });
    await driver.check();
    await assert.rejects(driver.put("another", bytesOf(5000)), { kind: "no_space" });
    assert.equal((await driver.head("kept")).size, 1000);
    await driver.delete("filler");
    await rm(filler, { force: true });
    await assertUnharmed();
  });
});
