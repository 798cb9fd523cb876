/** What a start says of a store that refuses some of what is needed, or lists late. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StorageDriver } from "../../drivers/contract.ts";
import { DriverError } from "../../drivers/errors.ts";
import { createMemoryDriver } from "../../drivers/memory/driver.ts";
import { systemRuntime } from "../../src/runtime.ts";
import { probeStore } from "../../src/store-probe.ts";
import { aroundDriver, keysUnder } from "../support/registry-drivers.ts";

async function warningsOf(driver: StorageDriver): Promise<readonly string[]> {
  const warnings: string[] = [];
  const log = { warn: (_: object, message: string) => void warnings.push(message) };
  await probeStore({ driver, log, runtime: systemRuntime });
  return warnings;
}

const refusing = (operations: readonly string[], kind: "denied" | "unavailable" = "denied") =>
  aroundDriver(createMemoryDriver(), async ({ operation, key }, run) => {
    if (operations.includes(operation)) throw new DriverError(kind, operation, { key, message: "because" });
    return await run();
  });

test("a good store gets no word, and keeps nothing", async () => {
  const driver = createMemoryDriver();
  assert.deepEqual(await warningsOf(driver), []);
  assert.deepEqual(await keysUnder(driver, ""), []);
  for await (const upload of driver.multipart.listUploads?.("") ?? []) assert.fail(upload.key);
});

test("each refusal is told with what follows from it, and none stops the start", async () => {
  const warnings = await warningsOf(refusing(["delete", "multipart.abort"]));
  assert.equal(warnings.length, 2);
  assert.match(warnings.join("\n"), /nothing can be deleted.*: delete moorage\/probe\/.*: because/);
  assert.match(warnings.join("\n"), /keep their space: multipart\.abort docker\/registry\/v2\/blobs\/.*: because/);
  const readOnly = await warningsOf(refusing(["put", "multipart.create"]));
  assert.match(readOnly.join("\n"), /nothing can be pushed: put[\s\S]*no long blob can be pushed: multipart\.create/);
});

test("who may not read, or gets no answer, does not start", async () => {
  await assert.rejects(warningsOf(refusing(["get"])), { kind: "denied" });
  await assert.rejects(warningsOf(refusing(["put"], "unavailable")), { kind: "unavailable" });
});

test("listings that come late are told, whether the driver knows of it or not", async () => {
  const driver = createMemoryDriver();
  const blind: StorageDriver = { ...driver, async *list() {} };
  for (const late of [blind, { ...driver, consistency: "eventual" as const }]) {
    const warnings = await warningsOf(late);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", /listings come after its writes/);
  }
});
