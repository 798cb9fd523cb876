import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { truncate } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import type { StorageDriver } from "../../../drivers/contract.ts";
import { openDriver } from "../../../drivers/open.ts";
import { bytesOf } from "../../support/bytes.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../../support/temp.ts";
import { collectingWritable, stuckWritable } from "../../support/writables.ts";
import { assertNoHandleLeaks } from "./handles.ts";

const LARGE = 4_000_000;
const skip = existsSync("/proc/self/fd") ? false : "open files are counted in /proc";

describe("the filesystem driver gives its file handles back", { skip }, () => {
  let directory: TemporaryDirectory;
  let driver: StorageDriver;
  before(async () => {
    directory = await temporaryDirectory();
    driver = await openDriver("filesystem", { rootdirectory: directory.path }, { warn: assert.fail });
    await driver.put("small", bytesOf(100));
    await driver.put("large", bytesOf(LARGE));
  });
  after(async () => {
    await driver.close();
    await directory.remove();
  });

  const keepsNone = (title: string, work: () => Promise<void>) => test(title, () => assertNoHandleLeaks(work));
  const open = (key = "large") => driver.get(key);

  keepsNone("after reading in every way", async () => {
    await (await open("small")).bytes();
    await (await open()).bytes();
    await (await open()).sendTo(collectingWritable().out);
    await (await open()).stream().toArray();
    await (await open()).discard();
  });

  keepsNone("when there is nothing to open", async () => {
    await assert.rejects(driver.get("nothing"), { kind: "not_found" });
    await assert.rejects(driver.get("small", { range: { start: 100 } }), { kind: "range_invalid" });
    await driver.put("directory/x", bytesOf(1));
    await assert.rejects(driver.get("directory"), { kind: "not_found" });
  });

  keepsNone("when a stream is left", async () => {
    (await open()).stream().destroy();
    for await (const _ of (await open()).stream()) break;
    const stream = (await open()).stream();
    stream.read();
    stream.destroy(new Error("enough")).on("error", () => {});
  });

  keepsNone("when the target of sendTo closes or fails", async () => {
    for (const reason of [undefined, new Error("the line is cut")]) {
      const { out, stuck } = stuckWritable(1);
      out.on("error", () => {});
      const sending = (await open()).sendTo(out);
      void stuck.then(() => out.destroy(reason));
      await assert.rejects(sending);
    }
    const closed = collectingWritable().out.destroy();
    await assert.rejects((await open()).sendTo(closed));
  });

  keepsNone("when sendTo is aborted", async () => {
    const controller = new AbortController();
    const { out, stuck } = stuckWritable(1);
    const sending = (await open()).sendTo(out, { signal: controller.signal });
    void stuck.then(() => controller.abort(new Error("enough")));
    await assert.rejects(sending, { message: "enough" });
  });

  keepsNone("when a body is used twice", async () => {
    const body = await open();
    await body.bytes();
    await assert.rejects(body.bytes(), /used before/);
    await assert.rejects(body.sendTo(collectingWritable().out), /used before/);
    assert.throws(() => body.stream(), /used before/);
    await body.discard();
  });

  keepsNone("when an object shrinks while it is sent, which is an error and no short body", async () => {
    for (const read of [
      async () => {
        const { out } = collectingWritable();
        const body = await open("shrinking");
        await truncate(`${directory.path}/shrinking`, 1_000_000);
        await body.sendTo(out);
      },
      async () => {
        const body = await open("shrinking");
        await truncate(`${directory.path}/shrinking`, 1_000_000);
        await body.stream().toArray();
      },
      async () => {
        const body = await open("shrinking");
        await truncate(`${directory.path}/shrinking`, 1_000_000);
        await body.bytes();
      },
    ]) {
      await driver.put("shrinking", bytesOf(LARGE));
      await assert.rejects(read(), { name: "DriverError", kind: "unexpected" });
    }
  });

  keepsNone("when writes are aborted or refused", async () => {
    const options = { signal: AbortSignal.abort(new Error("enough")) };
    await assert.rejects(driver.put("small", bytesOf(100), options));
    await assert.rejects(driver.put("small/below", bytesOf(100)), { kind: "unexpected" });
    await driver.put("directory/x", bytesOf(1));
    await assert.rejects(driver.put("directory", bytesOf(100)), { kind: "unexpected" });
    await assert.rejects(driver.conditional?.create("small", bytesOf(1)) ?? Promise.resolve(), {
      kind: "already_exists",
    });
    await assert.rejects(driver.copy("nothing", "small"), { kind: "not_found" });
  });

  keepsNone("when parts are given up, or their upload is", async () => {
    const upload = await driver.multipart.create("upload");
    const given = await driver.multipart.openPart?.(upload, 1);
    await given?.write(bytesOf(LARGE));
    await given?.abort();
    await given?.abort();
    const controller = new AbortController();
    const aborted = await driver.multipart.openPart?.(upload, 2, { signal: controller.signal });
    controller.abort(new Error("enough"));
    await assert.rejects(async () => aborted?.write(bytesOf(1)), { message: "enough" });
    await assert.rejects(aborted?.close() ?? Promise.resolve(), { message: "enough" });
    const late = await driver.multipart.openPart?.(upload, 3);
    await driver.multipart.abort(upload);
    await late?.write(bytesOf(LARGE));
    await late?.close();
    await late?.abort();
    await assert.rejects(late?.close() ?? Promise.resolve(), /has ended/);
    await assert.rejects(async () => late?.write(bytesOf(1)), /has ended/);
    await assert.rejects(driver.multipart.openPart?.(upload, 4) ?? Promise.resolve(), { kind: "not_found" });
  });

  keepsNone("when a listing is left", async () => {
    for await (const _ of driver.list("")) break;
    for await (const _ of driver.multipart.listUploads?.("") ?? []) break;
  });
});
