/** Every call of the store fails once. The client hears of it, or it does not matter; and another try succeeds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Fault, withFaults } from "../../../drivers/layers/faults.ts";
import { openWorld } from "../../support/registry-world.ts";
import {
  assertNothingLies,
  assertReapable,
  openStore,
  openStoreFrom,
  type Snapshot,
  STEPS,
  type Step,
  snapshotOf,
  visible,
  WORLD,
} from "./scenario.ts";

/** Before the first step, and after each, when nothing fails. */
const moments: readonly Snapshot[] = await (async () => {
  const store = openStore();
  const world = await openWorld(store.driver, { ...WORLD, runtime: store.runtime });
  const snapshots = [snapshotOf(store)];
  for (const step of STEPS) {
    assert.equal((await step.run(world.http)).status, step.status, step.title);
    await world.registry.settled();
    snapshots.push(snapshotOf(store));
  }
  await world.close();
  return snapshots;
})();

interface Trial {
  readonly step: Step;
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly fault: Fault;
  /** Which call of the step. */
  readonly nth: number;
}

/** Whether the step makes that many calls. */
async function holds({ step, before, after, fault, nth }: Trial): Promise<boolean> {
  const store = openStoreFrom(before);
  let countdown = Number.POSITIVE_INFINITY;
  const driver = withFaults(store.driver, () => (--countdown === 0 ? fault : undefined), store.runtime);
  const world = await openWorld(driver, { ...WORLD, runtime: store.runtime });
  try {
    countdown = nth;
    const answer = await step.run(world.http);
    await world.registry.settled();
    if (countdown > 0) return false;
    assert.ok([step.status, 503].includes(answer.status), `${answer.status} ${answer.body}`);
    await assertNothingLies(store);
    if (answer.status === 503) {
      const again = await step.run(world.http);
      // What was deleted by the first try is not there for the second.
      const wasDone = step.status === 202 && again.status === 404;
      assert.ok(again.status === step.status || wasDone, `again: ${again.status} ${again.body}`);
      await world.registry.settled();
    }
    assert.deepEqual(visible(snapshotOf(store)), visible(after));
    await assertNothingLies(store);
    await assertReapable(store);
    return true;
  } finally {
    await world.close();
  }
}

for (const fault of ["refuse", "lose-answer"] as const) {
  for (const [index, step] of STEPS.entries()) {
    test(`${fault}: ${step.title}`, async (t) => {
      const [before = new Map(), after = new Map()] = moments.slice(index, index + 2);
      for (let nth = 1; ; nth++) {
        const trial = { step, before, after, fault: { fault, kind: "unavailable" }, nth } as const;
        const struck = await holds(trial).catch((cause) => assert.fail(new Error(`call ${nth}`, { cause })));
        if (struck) continue;
        t.diagnostic(`${nth - 1} calls`);
        break;
      }
    });
  }
}
