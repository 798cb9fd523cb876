import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createTurnBudget } from "../../../../drivers/filesystem/turn-budget.ts";

/** A machine that is busy would spend more than a test says. */
let clock = 0;
mock.method(performance, "now", () => clock);

function spend(milliseconds: number): "now" {
  clock += milliseconds;
  return "now";
}

test("calls are made at once until the turn's time is spent, and again in the next turn", async () => {
  const call = createTurnBudget(2)(spend, () => "later" as const);
  assert.deepEqual([call(1), call(2), call(0), call(0)], ["now", "now", "later", "later"]);
  await nextTurn();
  assert.equal(call(2), "now");
  assert.equal(call(0), "later");
  await nextTurn();
  assert.equal(call(0), "now");
});

test("one that fails has spent its time as well, and who calls is told at once", () => {
  const call = createTurnBudget(1)(
    () => {
      spend(1);
      throw new Error("no");
    },
    () => "later",
  );
  assert.throws(call, /no/);
  assert.equal(call(), "later");
});

test("after a stall nobody waits for the disk for ten times as long", async (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
  const call = createTurnBudget(10)(spend, () => "later" as const);
  const restsFor = async (milliseconds: number) => {
    await nextTurn();
    await nextTurn();
    assert.equal(call(0), "later");
    mock.timers.tick(milliseconds - 1);
    assert.equal(call(0), "later");
    mock.timers.tick(1);
  };
  assert.deepEqual([call(0), call(6)], ["now", "now"]);
  await restsFor(60);
  assert.equal(call(2000), "now");
  await restsFor(20_000);
  assert.equal(call(3_600_000), "now", "a process that was stopped");
  await restsFor(600_000);
  assert.equal(call(0), "now");
});
