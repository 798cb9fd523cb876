import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createTurnAllowance } from "../../../src/registry/turn-allowance.ts";

test("what a turn has left is taken at once, and the rest in the turns that follow, in the order of asking", async () => {
  const { take } = createTurnAllowance(10);
  const granted: string[] = [];
  const ask = (name: string, bytes: number) => take(bytes)?.then(() => void granted.push(name));
  assert.equal(ask("now", 6), undefined);
  assert.equal(ask("the last of this turn", 6), undefined);
  const later = [ask("a", 5), ask("b", 5), ask("c", 30), ask("d", 1)];
  await nextTurn();
  assert.deepEqual(granted, ["a", "b"]);
  await nextTurn();
  assert.deepEqual(granted, ["a", "b", "c"]);
  assert.ok(ask("e", 1), "nobody overtakes");
  await nextTurn();
  assert.deepEqual(granted, ["a", "b", "c", "d", "e"]);
  await Promise.all(later);
});

test("a turn in which nobody took anything leaves no more to the next", async () => {
  const { take } = createTurnAllowance(10);
  assert.equal(take(1), undefined);
  await nextTurn();
  await nextTurn();
  assert.equal(take(10), undefined);
  const later = take(1);
  assert.ok(later);
  await later;
});
