/** Ceph RGW that is paused, stopped and started again while clients push and pull. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createPlace, startOnBucket } from "../e2e/support/buckets.ts";
import { residentMemory } from "../e2e/support/memory.ts";
import { until } from "../e2e/support/until.ts";
import { type Gateway, startGateway } from "./gateway.ts";
import { startLoad } from "./network-load.ts";

const SECOND = 1000;
/** Shorter, and longer, than the 30 s that a call of the store may take. */
const SHORT_PAUSE = 5 * SECOND;
const LONG_PAUSE = 36 * SECOND;
/** What a request may take beyond the time that the store is away: attempts, waits between them, and a slow machine. */
const MARGIN = 25 * SECOND;
const MAX_MEBIBYTES = 400;

const OUTAGES: readonly (readonly [title: string, run: (gateway: Gateway) => Promise<void>])[] = [
  ["paused for 5 s", (gateway) => gateway.pause(SHORT_PAUSE)],
  ["killed, and started after 3 s", (gateway) => gateway.restart("SIGKILL", 3 * SECOND)],
  ["stopped, and started at once", (gateway) => gateway.restart("SIGTERM", 0)],
  ["paused for 36 s", (gateway) => gateway.pause(LONG_PAUSE)],
];

const gateway = await startGateway();
if (gateway) {
  test("a store that is paused, killed and restarted under load loses nothing and tells no lies", async (t) => {
    const { endpoint } = gateway;
    const place = await createPlace({ endpoint, accesskey: "test", secretkey: "testsecret" });
    const registry = await startOnBucket(t, place, { REGISTRY_STORAGE_REDIRECT_DISABLE: "true" });
    const { pid } = registry;
    const load = startLoad(registry.url, { seed: "outages", pushers: 6, readers: 2, sizes: [1000, 9_000_000] });
    const morePushes = async (count: number) => {
      const wanted = load.pushed + count;
      await Promise.race([until(`${count} more images are pushed`, () => load.pushed >= wanted), load.failed]);
    };
    await morePushes(3);
    for (const [title, run] of OUTAGES) {
      const [pushed, troubles, begun] = [load.pushed, load.troubles, performance.now()];
      await Promise.race([run(gateway), load.failed]);
      const away = performance.now() - begun;
      // As many as were under way.
      await morePushes(6);
      const seconds = (milliseconds: number) => (milliseconds / SECOND).toFixed(1);
      t.diagnostic(
        `${title}: away ${seconds(away)} s, well again ${seconds(performance.now() - begun - away)} s later; ` +
          `${load.pushed - pushed} images, ${load.troubles - troubles} times trouble at the client`,
      );
    }
    await Promise.race([load.finish(), load.failed]);
    const { peak } = await residentMemory(pid);
    t.diagnostic(
      `${load.pushed} images read back; longest request ${(load.longestMilliseconds / SECOND).toFixed(1)} s`,
    );
    t.diagnostic(`${peak} MiB resident at most`);
    assert.equal(registry.pid, pid);
    assert.doesNotMatch(registry.log(), /this should not happen|nhandled/);
    assert.ok(load.longestMilliseconds < LONG_PAUSE + MARGIN, `a request took ${load.longestMilliseconds} ms`);
    assert.ok(peak < MAX_MEBIBYTES, `${peak} MiB`);
  });
}
