import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import type { CallOptions, StorageDriver } from "../../../drivers/contract.ts";
import { isNotFound } from "../../../drivers/errors.ts";
import { bytesOf } from "../../support/bytes.ts";
import { assertSameBytes, type Case, type Contract, keysOf, read } from "./harness.ts";

const OLD = bytesOf(200_000, "old");
const NEW = bytesOf(300_000, "new");

export function signals(contract: Contract): void {
  contract.case("an aborted signal keeps every operation from its work", async ({ driver, prefix, key }) => {
    await driver.put(key("kept"), OLD);
    const upload = await driver.multipart.create(key("upload"));
    const part = await driver.multipart.putPart(upload, 1, NEW);
    const options = { signal: AbortSignal.abort(new Error("enough")) };
    const { multipart, conditional, presign } = driver;
    const calls: readonly (() => Promise<unknown> | undefined)[] = [
      () => driver.head(key("kept"), options),
      () => driver.get(key("kept"), options),
      () => driver.put(key("kept"), NEW, options),
      () => driver.delete(key("kept"), options),
      () => driver.deleteMany([key("kept")], options),
      () => keysOf(driver, prefix, options),
      () => driver.directories?.names(prefix, options),
      () => driver.check(options),
      () => driver.copy(key("kept"), key("copy"), options),
      () => multipart.create(key("other"), options),
      () => multipart.putPart(upload, 2, NEW, options),
      () => multipart.openPart?.(upload, 2, options),
      () => multipart.complete(upload, [part], options),
      () => multipart.abort(upload, options),
      () => conditional?.create(key("created"), NEW, options),
      () => presign?.presignGet(key("kept"), { ...options, expiresInSeconds: 60 }),
    ];
    for (const call of calls) {
      const calling = call();
      if (calling) await assert.rejects(calling, { message: "enough" }, call.toString());
    }
    assert.deepEqual(await keysOf(driver, prefix), [key("kept")]);
    assertSameBytes(await read(driver, key("kept")), OLD);
    await driver.multipart.complete(upload, [part]);
  });

  contract.case("an abort on the way leaves the old object or the new one", async (c) => {
    const { driver, key } = c;
    c.expectLateWrites();
    for (let turns = 0; turns < 12; turns++) {
      await driver.put(key("object"), OLD);
      await driver.put(key("source"), NEW);
      await abortAfter(turns, (options) => driver.put(key("object"), NEW, options));
      await assertOldOrNew(c);
      await abortAfter(turns, (options) => driver.copy(key("source"), key("object"), options));
      await assertOldOrNew(c);
      await abortAfter(turns, (options) => completeAnUpload(driver, key("object"), options));
      await assertOldOrNew(c);
      // Of a key of its own: a store may carry it out after the next put.
      await driver.put(key("deleted"), NEW);
      await abortAfter(turns, (options) => driver.delete(key("deleted"), options));
      await assertNewOrAbsent(c, key("deleted"));
      await driver.delete(key("created"));
      await abortAfter(turns, async (options) => driver.conditional?.create(key("created"), NEW, options));
      await assertNewOrAbsent(c, key("created"));
    }
  });

  contract.case("an abort ends a listing", async ({ driver, prefix, key }) => {
    for (const name of ["a", "b/c", "d"]) await driver.put(key(name), Buffer.from("x"));
    const controller = new AbortController();
    const seen: string[] = [];
    const listing = (async () => {
      for await (const entry of driver.list(prefix, { signal: controller.signal })) {
        seen.push(entry.key);
        controller.abort(new Error("enough"));
      }
    })();
    await assert.rejects(listing, { message: "enough" });
    assert.deepEqual(seen, [key("a")]);
  });
}

async function abortAfter(turns: number, call: (options: CallOptions) => Promise<unknown>): Promise<void> {
  const controller = new AbortController();
  const calling = call({ signal: controller.signal }).catch((error: Error) => assert.equal(error.message, "enough"));
  for (let turn = 0; turn < turns; turn++) await setImmediate();
  controller.abort(new Error("enough"));
  await calling;
}

async function completeAnUpload(driver: StorageDriver, key: string, options: CallOptions): Promise<void> {
  const upload = await driver.multipart.create(key);
  try {
    const part = await driver.multipart.putPart(upload, 1, NEW, options);
    await driver.multipart.complete(upload, [part], options);
  } finally {
    await driver.multipart.abort(upload);
  }
}

async function assertOldOrNew({ driver, key }: Case): Promise<void> {
  const bytes = await read(driver, key("object"));
  assertSameBytes(bytes, bytes.length === OLD.length ? OLD : NEW);
}

async function assertNewOrAbsent({ driver }: Case, key: string): Promise<void> {
  try {
    assertSameBytes(await read(driver, key), NEW);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
