import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { createSlots, withConcurrency } from "../../../drivers/layers/concurrency.ts";
import { withFaults } from "../../../drivers/layers/faults.ts";
import { createMemoryDriver } from "../../../drivers/memory/driver.ts";

const bytes = Buffer.from("x");

test("no more calls than slots are under way, and those who came first go first", async () => {
  const order: string[] = [];
  const answers: (() => void)[] = [];
  let atOnce = 0;
  const memory = withFaults(
    createMemoryDriver(),
    async (_operation, key) => {
      order.push(key ?? "");
      atOnce += 1;
      assert.ok(atOnce <= 2);
      await new Promise<void>((resolve) => answers.push(resolve));
      atOnce -= 1;
      return undefined;
    },
    { sleep: async () => {} },
  );
  const driver = withConcurrency(memory, 2);
  const calls = ["a", "b", "c", "d", "e"].map((key) => driver.put(key, bytes));
  await setImmediate();
  assert.deepEqual(order, ["a", "b"]);
  for (let served = 0; served < 5; served++) {
    answers.shift()?.();
    await setImmediate();
  }
  await Promise.all(calls);
  assert.deepEqual(order, ["a", "b", "c", "d", "e"]);
});

test("a call that fails gives its slot back", async () => {
  const driver = withConcurrency(createMemoryDriver(), 1);
  for (let round = 0; round < 3; round++) await assert.rejects(driver.head("nothing"), { kind: "not_found" });
  await driver.put("key", bytes);
});

test("who waits can leave, and the place is the next one's", async () => {
  const slots = createSlots(1);
  const first = Promise.withResolvers<void>();
  const held = slots.hold(undefined, () => first.promise);
  const controller = new AbortController();
  const leaving = slots.hold(controller.signal, async () => assert.fail("it left"));
  const next = slots.hold(new AbortController().signal, async () => "served");
  controller.abort(new Error("enough"));
  await assert.rejects(leaving, { message: "enough" });
  first.resolve();
  await held;
  assert.equal(await next, "served");
  assert.equal(await slots.hold(undefined, async () => "free again"), "free again");
});

test("an aborted signal takes no slot", async () => {
  const slots = createSlots(1);
  await assert.rejects(
    slots.hold(AbortSignal.abort(new Error("enough")), async () => {}),
    { message: "enough" },
  );
  await slots.hold(undefined, async () => {});
});

test("open bodies and listings at rest hold no slot", async () => {
  const driver = withConcurrency(createMemoryDriver(), 1);
  await driver.put("key", bytes);
  const body = await driver.get("key");
  for await (const { key } of driver.list("")) assert.equal((await driver.head(key)).size, 1);
  assert.deepEqual(await body.bytes(), bytes);
});
