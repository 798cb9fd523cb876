import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { createUploadMemory } from "../../../src/registry/upload-memory.ts";

test("never more than the limit, but for one that is larger; all are served, in the order of asking", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 150 }), { maxLength: 20 }), async (sizes) => {
      const memory = createUploadMemory(100);
      const order: number[] = [];
      let held = 0;
      await Promise.all(
        sizes.map(async (bytes, index) => {
          await memory.reserve(bytes);
          order.push(index);
          held += bytes;
          assert.ok(held <= 100 || held === bytes);
          await turn();
          held -= bytes;
          memory.release(bytes);
        }),
      );
      assert.equal(order.length, sizes.length);
      assert.equal(memory.reserve(1000), undefined, "everything was given back");
    }),
    { numRuns: 100 },
  );
});

test("a small one does not overtake a large one that waits", async () => {
  const memory = createUploadMemory(100);
  assert.equal(memory.reserve(60), undefined);
  const order: string[] = [];
  const large = memory.reserve(80)?.then(() => order.push("large"));
  const small = memory.reserve(10)?.then(() => order.push("small"));
  await turn();
  assert.deepEqual(order, []);
  memory.release(60);
  await Promise.all([large, small]);
  assert.deepEqual(order, ["large", "small"]);
});
