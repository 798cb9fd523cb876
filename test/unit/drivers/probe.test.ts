import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ConditionalWrites } from "../../../drivers/contract.ts";
import { DriverError } from "../../../drivers/errors.ts";
import { openDriver } from "../../../drivers/open.ts";
import { afterTrial, tryCreations } from "../../../drivers/probe.ts";

/** Answers one after the other. */
function creating(...answers: readonly ("created" | DriverError)[]): ConditionalWrites["create"] {
  const left = [...answers];
  return async () => {
    const answer = left.shift();
    if (answer instanceof DriverError) throw answer;
    return { size: 0 };
  };
}

const EXISTS = new DriverError("already_exists", "conditional.create");
const BUSY = new DriverError("unavailable", "conditional.create");

test("what was tried is taken away while the start goes on, and before the driver is closed", async () => {
  const removal = Promise.withResolvers<void>();
  const create = creating("created", EXISTS);
  const trial = await tryCreations(create, () => removal.promise, assert.fail);
  assert.equal(trial.keepsFirst, true);
  let isClosed = false;
  const close = async () => {
    isClosed = true;
  };
  const driver = afterTrial({ ...(await openDriver("inmemory", {}, { warn: assert.fail })), close }, { create }, trial);
  const closing = driver.close();
  await nextTurn();
  assert.equal(isClosed, false);
  removal.resolve();
  await closing;
  assert.equal(isClosed, true);
});

test("what was tried is taken away also where the store could not decide", async () => {
  const removed: string[] = [];
  const remove = async (key: string) => void removed.push(key);
  await assert.rejects(tryCreations(creating("created", BUSY), remove, assert.fail), BUSY);
  assert.equal(removed.length, 1);
});
