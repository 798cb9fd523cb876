import assert from "node:assert/strict";
import { test } from "node:test";
import type { StorageDriver } from "../../../drivers/contract.ts";
import { withFaults } from "../../../drivers/layers/faults.ts";
import { withMetrics } from "../../../drivers/layers/metrics.ts";
import { createMemoryDriver } from "../../../drivers/memory/driver.ts";

const bytes = Buffer.from("x");

/** Each call of the store takes 5 ms by the test's clock. */
function observed(memory: StorageDriver = createMemoryDriver()) {
  let now = 0;
  const seen: unknown[][] = [];
  const slow = withFaults(
    memory,
    () => {
      now += 5;
      return undefined;
    },
    { sleep: async () => {} },
  );
  const driver = withMetrics(
    slow,
    (...observation) => seen.push(observation),
    () => now,
  );
  return { driver, seen, pass: (milliseconds: number) => (now += milliseconds) };
}

test("each call is observed with its duration and outcome", async () => {
  const { driver, seen } = observed();
  await driver.put("a/b", bytes);
  await assert.rejects(driver.head("nothing"));
  await assert.rejects(driver.put("", bytes));
  await driver.copy("a/b", "c");
  await driver.deleteMany(["a/b", "c"]);
  await driver.check();
  assert.deepEqual(seen, [
    ["put", "a/b", 5, "ok"],
    ["head", "nothing", 5, "not_found"],
    ["put", "", 5, "key_invalid"],
    ["copy", "c", 5, "ok"],
    ["deleteMany", "a/b", 5, "ok"],
    ["check", undefined, 5, "ok"],
  ]);
});

test("the capabilities are observed as well", async () => {
  const { driver, seen } = observed();
  const upload = await driver.multipart.create("key");
  const part = await driver.multipart.putPart(upload, 1, bytes);
  await driver.multipart.complete(upload, [part]);
  await driver.multipart.abort(upload);
  await assert.rejects(driver.conditional?.create("key", bytes) ?? Promise.resolve());
  assert.deepEqual(
    seen.map(([operation, , , outcome]) => [operation, outcome]),
    [
      ["multipart.create", "ok"],
      ["multipart.putPart", "ok"],
      ["multipart.complete", "ok"],
      ["multipart.abort", "ok"],
      ["conditional.create", "already_exists"],
    ],
  );
});

test("a listing is one observation, without the time of its reader", async () => {
  const { driver, seen, pass } = observed();
  for (const key of ["a", "b", "c"]) await driver.put(key, bytes);
  seen.length = 0;
  for await (const _ of driver.list("")) pass(1000);
  for await (const _ of driver.list("")) break;
  await assert.rejects(async () => {
    for await (const _ of driver.list("../")) assert.fail();
  });
  assert.deepEqual(seen, [
    ["list", "", 20, "ok"],
    ["list", "", 5, "ok"],
    ["list", "../", 5, "key_invalid"],
  ]);
});

test("an abort is the caller's, anything else that is no DriverError is unexpected", async () => {
  const { driver, seen } = observed();
  await assert.rejects(driver.put("key", bytes, { signal: AbortSignal.abort(new Error("enough")) }));
  const broken = observed({ ...createMemoryDriver(), check: () => Promise.reject(new TypeError("a bug")) });
  await assert.rejects(broken.driver.check());
  assert.deepEqual(
    [...seen, ...broken.seen].map((observation) => observation[3]),
    ["aborted", "unexpected"],
  );
});
