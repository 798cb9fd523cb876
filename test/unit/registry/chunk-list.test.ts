import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ChunkList } from "../../../src/registry/chunk-list.ts";

/** Lengths on both sides of where chunks are copied together, and of the block that they are copied to. */
const lengths = fc.oneof(
  fc.nat({ max: 50 }),
  fc.integer({ min: 16_370, max: 16_400 }),
  fc.integer({ min: 65_530, max: 65_540 }),
);
const steps = fc.array(
  fc.oneof(
    fc.record({ push: lengths }),
    fc.record({ take: fc.oneof(lengths, fc.nat({ max: 200_000 })) }),
    fc.constant({ takeAll: true }),
  ),
  { maxLength: 30 },
);

test("what is taken is what was pushed, in order, whatever the sizes", () => {
  fc.assert(
    fc.property(steps, (todo) => {
      const list = new ChunkList();
      let model = Buffer.alloc(0);
      let written = 0;
      for (const step of todo) {
        if ("push" in step) {
          const chunk = Buffer.alloc(step.push, ++written);
          list.push(chunk);
          model = Buffer.concat([model, chunk]);
          // Small chunks are copied: whoever sent them may use the memory again.
          if (step.push < 16 * 1024) chunk.fill(0xff);
        } else {
          const count = "take" in step ? Math.min(step.take, model.length) : undefined;
          const taken = Buffer.concat(list.take(count));
          assert.ok(taken.equals(model.subarray(0, count ?? model.length)));
          model = model.subarray(taken.length);
        }
        assert.equal(list.size, model.length);
      }
      assert.ok(Buffer.concat(list.take()).equals(model));
      assert.equal(list.size, 0);
    }),
    { numRuns: 150 },
  );
});

test("more than there is cannot be taken", () => {
  const list = ChunkList.of([Buffer.from("abc")]);
  assert.equal(Buffer.concat(list.take(10)).toString(), "abc");
  assert.equal(list.size, 0);
});

test("chunks of a byte do not pin the buffers that they were cut from", () => {
  const list = new ChunkList();
  for (let n = 0; n < 1000; n++) list.push(Buffer.alloc(64 * 1024).subarray(0, 1));
  const buffers = new Set(list.take().map(({ buffer }) => buffer));
  const pinned = [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
  assert.ok(pinned <= 256 * 1024, `${pinned} bytes`);
});
