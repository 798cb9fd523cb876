import assert from "node:assert/strict";
import { finished } from "node:stream/promises";
import { test } from "node:test";
import type { Fault } from "../../../drivers/layers/faults.ts";
import { withFaults } from "../../../drivers/layers/faults.ts";
import { createMemoryDriver } from "../../../drivers/memory/driver.ts";
import { collectingWritable } from "../../support/writables.ts";

const bytes = Buffer.alloc(200_000, "x");

function suffering(fault: Fault, operation = "put") {
  const memory = createMemoryDriver();
  const slept: number[] = [];
  const sleep = async (milliseconds: number) => void slept.push(milliseconds);
  const driver = withFaults(memory, (called, _key, nth) => (called === operation && nth === 2 ? fault : undefined), {
    sleep,
  });
  return { driver, memory, slept };
}

test("a fault hits the call that the plan names, and no other", async () => {
  const { driver, memory } = suffering({ fault: "refuse", kind: "throttled" });
  await driver.put("1", bytes);
  await assert.rejects(driver.put("2", bytes), { kind: "throttled", operation: "put", key: "2" });
  await driver.put("3", bytes);
  await assert.rejects(memory.head("2"), { kind: "not_found" });
});

test("a lost answer leaves what was done", async () => {
  const { driver, memory } = suffering({ fault: "lose-answer", kind: "unavailable" });
  await driver.put("1", bytes);
  await assert.rejects(driver.put("2", bytes), { kind: "unavailable" });
  assert.equal((await memory.head("2")).size, bytes.length);
});

test("a delay is slept, and then the call is made", async () => {
  const { driver, slept } = suffering({ fault: "delay", milliseconds: 70 });
  await driver.put("1", bytes);
  await driver.put("2", bytes);
  assert.deepEqual(slept, [70]);
});

test("a hanging call ends with its signal, and was not made", async () => {
  const { driver, memory } = suffering({ fault: "hang" });
  await driver.put("1", bytes);
  const controller = new AbortController();
  const call = driver.put("2", bytes, { signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(call, { message: "enough" });
  await assert.rejects(memory.head("2"), { kind: "not_found" });
});

test("a truncated body delivers its beginning and breaks off", async () => {
  const { driver } = suffering({ fault: "truncate", bytes: 100_000 }, "get");
  await driver.put("key", bytes);
  await (await driver.get("key")).discard();
  const { out, received } = collectingWritable();
  await assert.rejects((await driver.get("key")).sendTo(out), { kind: "unavailable" });
  await finished(out.end());
  assert.equal(received().length, 100_000);
  assert.equal((await (await driver.get("key")).bytes()).length, bytes.length);
});

test("a step of a listing can fail", async () => {
  const { driver } = suffering({ fault: "refuse", kind: "unavailable" }, "list");
  await driver.put("a", bytes);
  await driver.put("b", bytes);
  const seen: string[] = [];
  await assert.rejects(
    async () => {
      for await (const { key } of driver.list("")) seen.push(key);
    },
    { kind: "unavailable" },
  );
  assert.deepEqual(seen, ["a"]);
});
