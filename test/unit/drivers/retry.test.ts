import assert from "node:assert/strict";
import { test } from "node:test";
import type { StorageDriver } from "../../../drivers/contract.ts";
import { type Fault, type Plan, withFaults } from "../../../drivers/layers/faults.ts";
import type { Operation } from "../../../drivers/layers/layer.ts";
import { withRetry } from "../../../drivers/layers/retry.ts";
import { createMemoryDriver } from "../../../drivers/memory/driver.ts";

const bytes = Buffer.from("x");
const refusal: Fault = { fault: "refuse", kind: "unavailable" };
const options = {
  attempts: 4,
  firstDelayMilliseconds: 100,
  longestDelayMilliseconds: 250,
  patienceMilliseconds: 1000,
};

function retrying(plan: Plan, memory = createMemoryDriver()) {
  const sleeps: number[] = [];
  let now = 0;
  const calls: Operation[] = [];
  const counted = (operation: Operation, key: string | undefined, nth: number) => {
    calls.push(operation);
    return plan(operation, key, nth);
  };
  const tools = {
    monotonic: () => now,
    async sleep(milliseconds: number, { signal }: { signal: AbortSignal | undefined }) {
      signal?.throwIfAborted();
      now += milliseconds;
      sleeps.push(milliseconds);
    },
    random: () => 0.5,
  };
  const driver = withRetry(withFaults(memory, counted, tools), options, tools);
  const pass = (milliseconds: number) => {
    now += milliseconds;
  };
  return { driver, memory, sleeps, calls, pass };
}

const firstTwo: Plan = (_operation, _key, nth) => (nth <= 2 ? refusal : undefined);

test("a call that may succeed later is made again, after growing and random waits", async () => {
  const { driver, sleeps, calls } = retrying(firstTwo);
  await driver.put("key", bytes);
  assert.deepEqual(calls, ["put", "put", "put"]);
  assert.deepEqual(sleeps, [50, 100]);
});

test("attempts and waits have an end", async () => {
  const { driver, sleeps, calls } = retrying(() => refusal);
  await assert.rejects(driver.head("key"), { kind: "unavailable" });
  assert.equal(calls.length, 4);
  assert.deepEqual(sleeps, [50, 100, 125]);
});

test("what has taken long is not tried again", async () => {
  const scene = retrying(() => {
    scene.pass(500);
    return refusal;
  });
  await assert.rejects(scene.driver.head("key"), { kind: "unavailable" });
  assert.equal(scene.calls.length, 2);
});

test("what will not pass is not tried again", async () => {
  for (const kind of ["denied", "no_space", "key_invalid", "unexpected", "already_exists"] as const) {
    const { driver, calls } = retrying(() => ({ fault: "refuse", kind }));
    await assert.rejects(driver.put("key", bytes), { kind });
    assert.equal(calls.length, 1);
  }
  const { driver, calls } = retrying(() => undefined);
  await assert.rejects(driver.head("key"), { kind: "not_found" });
  assert.equal(calls.length, 1);
});

test("every idempotent call is tried again", async () => {
  const { driver, memory } = retrying(firstTwo);
  await memory.put("key", bytes);
  await driver.head("key");
  await (await driver.get("key")).bytes();
  await driver.copy("key", "copy");
  await driver.check();
  const upload = await driver.multipart.create("upload");
  await driver.multipart.putPart(upload, 1, bytes);
  await driver.multipart.abort(upload);
  await driver.delete("key");
  await driver.deleteMany(["copy"]);
});

test("create is made once, whatever happens: a second one might report the first one's success as a defeat", async () => {
  const { driver, memory, calls } = retrying(() => ({ fault: "lose-answer", kind: "unavailable" }));
  await assert.rejects(driver.conditional?.create("key", bytes) ?? Promise.resolve(), { kind: "unavailable" });
  assert.deepEqual(calls, ["conditional.create"]);
  assert.equal((await memory.head("key")).size, 1);
});

test("a store that was too busy to begin has done nothing, so that even a create is tried again", async () => {
  const { driver, calls } = retrying((_operation, _key, nth) =>
    nth <= 2 ? { fault: "refuse", kind: "throttled" } : undefined,
  );
  await driver.conditional?.create("key", bytes);
  assert.equal(calls.length, 3);
});

test("complete and open parts are for the caller to repeat", async () => {
  const { driver, memory, calls } = retrying(() => refusal, openPartMemory());
  const upload = await memory.multipart.create("key");
  const part = await memory.multipart.putPart(upload, 1, bytes);
  await assert.rejects(driver.multipart.complete(upload, [part]), { kind: "unavailable" });
  await assert.rejects(driver.multipart.openPart?.(upload, 1) ?? Promise.resolve(), { kind: "unavailable" });
  assert.deepEqual(calls, ["multipart.complete", "multipart.openPart"]);
});

test("a listing goes on after the last key that was seen, without a gap and without a double", async () => {
  // Each second step fails.
  const { driver, memory, calls } = retrying((operation, _key, nth) =>
    operation === "list" && nth % 2 === 0 ? refusal : undefined,
  );
  const keys = Array.from({ length: 20 }, (_, index) => `k/${String(index).padStart(2, "0")}/x`);
  for (const key of keys) await memory.put(key, bytes);
  assert.deepEqual(await listed(driver, {}), keys);
  assert.deepEqual(
    await listed(driver, { delimiter: "/", startAfter: "k/04/" }),
    keys.slice(5).map((key) => key.slice(0, 5)),
  );
  assert.ok(calls.length > 60);
});

test("a listing that does not move gives up", async () => {
  const { driver, calls } = retrying(() => refusal);
  await assert.rejects(listed(driver, {}), { kind: "unavailable" });
  assert.equal(calls.length, 4);
});

test("a listing of uploads cannot go on in the middle", async () => {
  const { driver, memory } = retrying((_operation, _key, nth) => (nth === 1 || nth === 3 ? refusal : undefined));
  for (const key of ["a", "b", "c"]) await memory.multipart.create(key);
  const seen: string[] = [];
  await assert.rejects(
    async () => {
      for await (const { key } of driver.multipart.listUploads?.("") ?? []) seen.push(key);
    },
    { kind: "unavailable" },
  );
  assert.deepEqual(seen, ["a"]);
});

test("an abort ends the waiting", async () => {
  const controller = new AbortController();
  const { driver } = retrying(() => {
    controller.abort(new Error("enough"));
    return refusal;
  });
  await assert.rejects(driver.head("key", { signal: controller.signal }), { message: "enough" });
});

async function listed(driver: StorageDriver, options: Parameters<StorageDriver["list"]>[1]): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of driver.list("k/", options)) keys.push(key);
  return keys;
}

function openPartMemory(): StorageDriver {
  const memory = createMemoryDriver();
  return { ...memory, multipart: { ...memory.multipart, openPart: async () => assert.fail() } };
}
