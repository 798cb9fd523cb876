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
  const call = createTurnBudget(2).atOnce(spend, () => "later" as const);
  assert.deepEqual([call(1), call(2), call(0), call(0)], ["now", "now", "later", "later"]);
  await nextTurn();
  assert.equal(call(2), "now");
  assert.equal(call(0), "later");
  await nextTurn();
  assert.equal(call(0), "now");
});

test("who makes many calls may wait for time that is left, and others have their turn meanwhile", async () => {
  const { atOnce, turn } = createTurnBudget(2);
  const call = atOnce(spend, () => "later" as const);
  let turns = 0;
  const count = () => void (++turns < 2 && setImmediate(count));
  setImmediate(count);
  const made = async () => {
    const wait = turn();
    if (wait) await wait;
    return [call(2), turns];
  };
  assert.deepEqual(await Promise.all([made(), made(), made()]), [
    ["now", 0],
    ["now", 1],
    ["now", 2],
  ]);
  await nextTurn();
  assert.deepEqual([call(1), turn(), call(0.5)], ["now", undefined, "now"]);
  const waiting = turn();
  assert.equal(call(0.5), "now", "who does not wait finds some time left");
  await waiting;
  assert.equal(turn(), undefined);
});

test("who waits comes on, though others spend all of each turn", async () => {
  const { atOnce, turn } = createTurnBudget(2);
  const call = atOnce(spend, () => "later" as const);
  let turns = 0;
  const spendAll = () => {
    void call(2);
    if (++turns < 100) setImmediate(spendAll);
  };
  spendAll();
  await turn();
  assert.ok(turns < 3, `${turns} turns`);
  while (turns < 100) await nextTurn();
});

test("one that fails has spent its time as well, and who calls is told at once", () => {
  const call = createTurnBudget(1).atOnce(
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
  const { atOnce, turn } = createTurnBudget(10);
  const call = atOnce(spend, () => "later" as const);
  const restsFor = async (milliseconds: number) => {
    await nextTurn();
    await nextTurn();
    await turn();
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
