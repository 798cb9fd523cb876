import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { coalesced } from "../../../src/registry/coalesced.ts";

/** Reads that end when the test says so. */
function heldReads() {
  const reads: PromiseWithResolvers<number>[] = [];
  const read = coalesced((_key) => {
    const held = Promise.withResolvers<number>();
    reads.push(held);
    return held.promise;
  });
  return { reads, read };
}

test("who asks in the same turn shares a read", async () => {
  const { reads, read } = heldReads();
  const answers = Array.from({ length: 100 }, () => read("key"));
  await turn();
  assert.equal(reads.length, 1);
  for (const held of reads) held.resolve(1);
  assert.deepEqual(new Set(await Promise.all(answers)), new Set([1]));
});

test("a handful of reads at once, whenever somebody asks", async () => {
  const { reads, read } = heldReads();
  const answers: Promise<number>[] = [];
  for (let n = 0; n < 100; n++) {
    answers.push(read("key"));
    await turn();
  }
  assert.equal(reads.length, 4);
  for (const held of reads.splice(0)) held.resolve(1);
  await turn();
  assert.equal(reads.length, 1);
  for (const held of reads) held.resolve(2);
  assert.equal((await Promise.all(answers)).filter((answer) => answer === 2).length, 96);
});

test("a caller never joins a read that began before it asked", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom("ask", "write", "end"), { maxLength: 60 }), async (steps) => {
      let stored = 0;
      const running: (() => void)[] = [];
      const read = coalesced(async (_key) => {
        const seen = stored;
        await new Promise<void>((resolve) => running.push(resolve));
        return seen;
      });
      const asked: { readonly least: number; readonly answer: Promise<number> }[] = [];
      for (const step of steps) {
        if (step === "write") stored++;
        else if (step === "ask") asked.push({ least: stored, answer: read("key") });
        else running.shift()?.();
        await turn();
        assert.ok(running.length <= 5);
      }
      const all = Promise.all(asked.map(async ({ least, answer }) => assert.ok((await answer) >= least)));
      while (running.length > 0) {
        running.shift()?.();
        await turn();
      }
      await all;
    }),
    { numRuns: 200 },
  );
});

test("a read that fails fails its callers, and nobody after them", async () => {
  const { reads, read } = heldReads();
  const first = Promise.allSettled([read("key"), read("key")]);
  await turn();
  const second = read("key");
  await turn();
  const [failing, good] = reads;
  failing?.reject(new Error("away"));
  good?.resolve(7);
  assert.deepEqual(
    (await first).map(({ status }) => status),
    ["rejected", "rejected"],
  );
  assert.equal(await second, 7);
});

test("a caller that leaves takes nothing from the others", async () => {
  const { reads, read } = heldReads();
  const leaving = new AbortController();
  const gone = read("key", { signal: leaving.signal });
  const stays = read("key");
  leaving.abort(new Error("left"));
  await assert.rejects(read("key", { signal: leaving.signal }), /left/);
  await turn();
  for (const held of reads) held.resolve(2);
  assert.equal(await stays, 2);
  await assert.rejects(gone, /left/);
});

test("each key has its own reads", async () => {
  const read = coalesced(async (key) => key.length);
  assert.deepEqual(await Promise.all(["a", "bb", "ccc"].map((key) => read(key))), [1, 2, 3]);
});
