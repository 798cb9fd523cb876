/** Looking for abandoned uploads costs no call for each one that is not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemoryDriver } from "../../drivers/memory/driver.ts";
import { startUpload } from "../support/registry-content.ts";
import { recordCalls } from "../support/registry-drivers.ts";
import { createManualRuntime } from "../support/registry-runtime.ts";
import { openWorld } from "../support/registry-world.ts";

/** A listing of the uploads, and one of the repositories. */
const MOST_CALLS = 2;

test("a round of the reaper does not look at each upload that goes on", async (t) => {
  const runtime = createManualRuntime();
  const recorded = recordCalls(createMemoryDriver({ now: runtime.now }));
  const world = await openWorld(recorded.driver, { runtime });
  t.after(world.close);
  for (let n = 0; n < 20; n++)
    assert.equal((await world.http.request("PATCH", await startUpload(world.http, "a"), { body: "x" })).status, 202);
  await world.registry.settled();
  recorded.forget();
  assert.equal(await world.registry.reaper.reap(), 0);
  const calls = recorded.calls.map(({ operation, key }) => `${operation} ${key}`);
  t.diagnostic(`${calls.length} calls of ${MOST_CALLS}`);
  assert.ok(calls.length <= MOST_CALLS, calls.join("\n"));
});
