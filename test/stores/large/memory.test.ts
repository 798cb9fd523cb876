/** Sixteen large pushes at once, in one process of the registry: how much memory they take. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createPlace, nothingIsLeft, startOnBucket } from "../../e2e/support/buckets.ts";
import { residentMemory } from "../../e2e/support/memory.ts";
import { storeServer } from "../../support/stores.ts";
import { VERSITY } from "../servers.ts";
import { pushLarge } from "./pushes.ts";

const MEBIBYTE = 1024 ** 2;
const PUSHES = 16;
const SIZE = 512 * MEBIBYTE;
const MAX_MEBIBYTES = 400;

const endpoint = await storeServer(VERSITY);
if (endpoint) {
  test("16 pushes of 512 MiB at once", { timeout: 600_000 }, async (t) => {
    const place = await createPlace({ endpoint, accesskey: "test", secretkey: "testsecret" });
    const registry = await startOnBucket(t, place);
    const idle = await residentMemory(registry.pid);
    const begun = performance.now();
    const pushes = { way: "PATCH, then PUT", count: PUSHES, bytes: SIZE } as const;
    const times = await pushLarge(registry.url, pushes, 580_000);
    const seconds = (performance.now() - begun) / 1000;
    const { peak } = await residentMemory(registry.pid);
    const longest = Math.max(...times.map(({ commitSeconds }) => commitSeconds));
    t.diagnostic(`MiB resident: idle ${idle.now}, at most ${peak}`);
    t.diagnostic(`${seconds.toFixed(0)} s in all, ${((PUSHES * SIZE) / MEBIBYTE / seconds).toFixed(0)} MiB/s`);
    t.diagnostic(`longest commit ${longest.toFixed(1)} s`);
    assert.equal(new Set(times.map(({ digest }) => digest)).size, PUSHES);
    assert.ok(peak < MAX_MEBIBYTES, `${peak} MiB`);
    await nothingIsLeft(place);
  });
}
