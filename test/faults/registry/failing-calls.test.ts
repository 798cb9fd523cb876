/** Every call of the store fails once. The client hears of it, or it does not matter; and another try succeeds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Fault, withFaults } from "../../../drivers/layers/faults.ts";
import type { Answer, HttpClient } from "../../support/registry-http.ts";
import { openWorld } from "../../support/registry-world.ts";
import { assertComplete, assertNothingLies, assertReapable, openStore, STEPS, type Step, WORLD } from "./scenario.ts";

/** Fails the call of that number, counted from when it is armed. */
function oneFault(fault: Fault) {
  let countdown = Number.POSITIVE_INFINITY;
  return {
    arm(nth: number) {
      countdown = nth;
    },
    plan: () => (--countdown === 0 ? fault : undefined),
    /** Whether the call has come. */
    hasStruck: () => countdown <= 0,
  };
}

/** As a client that has got no answer, or a 5xx: once more from the start, where the spec lets it. */
async function again(step: Step, http: HttpClient, first: Answer): Promise<Answer> {
  const answer = await step.run(http);
  const wasDone = step.status === 202 && answer.status === 404 && first.status === 503;
  assert.ok(answer.status === step.status || wasDone, `${step.title}, again: ${answer.status} ${answer.body}`);
  return answer;
}

for (const fault of ["refuse", "lose-answer"] as const) {
  test(`each call once: ${fault}`, async (t) => {
    let struck = 0;
    for (const [index, step] of STEPS.entries()) {
      for (let nth = 1; ; nth++) {
        const store = openStore();
        const one = oneFault({ fault, kind: "unavailable" });
        const world = await openWorld(withFaults(store.driver, one.plan, store.runtime), {
          ...WORLD,
          runtime: store.runtime,
        });
        try {
          for (const before of STEPS.slice(0, index)) await before.run(world.http);
          await world.registry.settled();
          one.arm(nth);
          const answer = await step.run(world.http);
          await world.registry.settled();
          if (!one.hasStruck()) break;
          struck++;
          assert.ok([step.status, 503].includes(answer.status), `${answer.status} ${answer.body}`);
          await assertNothingLies(store);
          if (answer.status === 503) await again(step, world.http, answer);
          for (const after of STEPS.slice(index + 1)) {
            const { status } = await after.run(world.http);
            assert.equal(status, after.status, after.title);
            await world.registry.settled();
          }
          await assertComplete(world.http);
          await assertNothingLies(store);
          await assertReapable(store);
        } catch (error) {
          throw new Error(`${step.title}, call ${nth}`, { cause: error });
        } finally {
          await world.close();
        }
      }
    }
    t.diagnostic(`${struck} calls failed`);
  });
}
