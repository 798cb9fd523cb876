/** A layer must change neither what a driver can do nor what it means: the whole suite, once more, through all of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StorageDriver } from "../../../drivers/contract.ts";
import { withConcurrency } from "../../../drivers/layers/concurrency.ts";
import { withFaults } from "../../../drivers/layers/faults.ts";
import { withMetrics } from "../../../drivers/layers/metrics.ts";
import { withRetry } from "../../../drivers/layers/retry.ts";
import { withTimeouts } from "../../../drivers/layers/timeout.ts";
import { Bucket } from "../../../drivers/memory/bucket.ts";
import { createMemoryDriver } from "../../../drivers/memory/driver.ts";
import { openDriver } from "../../../drivers/open.ts";
import { temporaryDirectory } from "../../support/temp.ts";
import { filesystemLeftovers } from "./filesystem-leftovers.ts";
import { driverContract } from "./suite.ts";

const limits = { minPartSize: 100_000, maxPartSize: 5_000_000, maxParts: 100 };
const tools = { sleep: async () => {}, random: Math.random, monotonic: () => performance.now() };

/** As production composes them, around a store where every third look fails at first. */
function inAllLayers(driver: StorageDriver): StorageDriver {
  const once = withFaults(
    driver,
    (operation, _key, nth) =>
      nth % 3 === 0 && ["head", "get", "put", "list", "delete"].includes(operation)
        ? { fault: nth % 2 ? "refuse" : "delay", kind: "unavailable", milliseconds: 1 }
        : undefined,
    tools,
  );
  const timed = withTimeouts(once, { callMilliseconds: 20_000, idleMilliseconds: 20_000, slowestBytesPerSecond: 1000 });
  const patient = {
    attempts: 10,
    firstDelayMilliseconds: 1,
    longestDelayMilliseconds: 1,
    patienceMilliseconds: 20_000,
  };
  return withMetrics(withRetry(withConcurrency(timed, 8), patient, tools), () => {});
}

driverContract("inmemory in all layers", async () => {
  const bucket = new Bucket();
  const open = () => inAllLayers(createMemoryDriver({ bucket, limits }));
  return { driver: open(), second: open(), leftovers: async () => [...bucket.uploads.keys()], close: async () => {} };
});

driverContract("filesystem in all layers", async () => {
  const directory = await temporaryDirectory();
  const open = async () =>
    inAllLayers(await openDriver("filesystem", { rootdirectory: directory.path }, { warn: assert.fail }));
  const [driver, second] = await Promise.all([open(), open()]);
  return {
    driver,
    second,
    leftovers: () => filesystemLeftovers(directory.path),
    async close() {
      await Promise.all([driver.close(), second.close()]);
      await directory.remove();
    },
  };
});

test("the layers keep the set of capabilities", async (t) => {
  const directory = await temporaryDirectory();
  t.after(directory.remove);
  const files = await openDriver("filesystem", { rootdirectory: directory.path }, { warn: assert.fail });
  const memory = createMemoryDriver();
  const { conditional, ...withoutConditional } = memory;
  assert.ok(conditional);
  const presign = { presignGet: async () => ({ url: new URL("https://store.example/"), expiresAt: new Date() }) };
  for (const driver of [files, memory, withoutConditional, { ...memory, presign }]) {
    const layered = inAllLayers(driver);
    assert.deepEqual(Object.keys(layered).sort(), Object.keys(driver).sort());
    assert.deepEqual(Object.keys(layered.multipart).sort(), Object.keys(driver.multipart).sort());
    assert.equal(layered.name, driver.name);
    assert.equal(layered.consistency, driver.consistency);
    assert.deepEqual(layered.multipart.limits, driver.multipart.limits);
  }
  await files.close();
});

test("what a driver says of itself is said by its layers", async () => {
  const directories = { names: async (prefix: string) => [`${prefix} is read`] };
  const driver: StorageDriver = { ...createMemoryDriver(), directories, pathAtProxy: (key) => `/${key}` };
  const layered = inAllLayers(driver);
  assert.deepEqual(await layered.directories?.names("a/"), ["a/ is read"]);
  assert.equal(layered.pathAtProxy?.("key"), "/key");
  assert.equal(inAllLayers(createMemoryDriver()).directories, undefined);
});
