/** A registry that stops for ever after any of its calls leaves garbage, never a lie. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withFaults } from "../../../drivers/layers/faults.ts";
import { openWorld } from "../../support/registry-world.ts";
import { assertComplete, assertNothingLies, assertReapable, openStore, STEPS, type Store, WORLD } from "./scenario.ts";

const REFUSED = { fault: "refuse", kind: "unavailable" } as const;

/** Runs all steps, whatever becomes of them, and tells how many calls the store answered. */
async function runUntil(store: Store, lastCall: number): Promise<number> {
  let calls = 0;
  const driver = withFaults(store.driver, () => (++calls > lastCall ? REFUSED : undefined), store.runtime);
  const world = await openWorld(driver, { ...WORLD, runtime: store.runtime }).catch(() => undefined);
  if (world === undefined) return calls;
  for (const step of STEPS) {
    await step.run(world.http);
    await world.registry.settled();
  }
  await world.close();
  return calls;
}

const all = await runUntil(openStore(), Number.POSITIVE_INFINITY);

test("without a crash, all is well", async () => {
  const store = openStore();
  await runUntil(store, Number.POSITIVE_INFINITY);
  const world = await openWorld(store.driver, { ...WORLD, runtime: store.runtime });
  await assertComplete(world.http);
  await world.close();
  await assertNothingLies(store);
  await assertReapable(store);
});

test(`after each of ${all} calls: nothing lies, everything can be done again, nothing is left`, async () => {
  for (let lastCall = 0; lastCall < all; lastCall++) {
    const store = openStore();
    await runUntil(store, lastCall);
    try {
      await assertNothingLies(store);
      const world = await openWorld(store.driver, { ...WORLD, runtime: store.runtime });
      for (const { title, status, run } of STEPS) {
        const answer = await run(world.http);
        // What was deleted before the crash is not there to be deleted again.
        const isGone = status === 202 && answer.status === 404;
        assert.ok(answer.status === status || isGone, `${title}: ${answer.status} ${answer.body}`);
        await world.registry.settled();
      }
      await assertComplete(world.http);
      await world.close();
      await assertNothingLies(store);
      await assertReapable(store);
    } catch (error) {
      throw new Error(`after call ${lastCall}`, { cause: error });
    }
  }
});
