/** How long the end of an upload takes, whatever its size, where nothing has to be read back. */
import assert from "node:assert/strict";
import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { createPlace, nothingIsLeft, startOnBucket } from "../../e2e/support/buckets.ts";
import { missingPrograms, startStore } from "../../support/stores.ts";
import { CEPH_ON_DISK } from "../servers.ts";
import { pushLarge, type Way } from "./pushes.ts";

const GIBIBYTE = 1024 ** 3;
const SIZE = 10 * GIBIBYTE;
/** What was staged, its copy, and some air. */
const NEEDED = 2 * SIZE + 4 * GIBIBYTE;
const MAX_SECONDS = 20;
const WAYS: readonly Way[] = ["one POST", "one PUT", "PATCH, then PUT"];

/** Versity's gateway puts parts together, and copies, byte by byte: there an end takes as long as the disk does. */
const server = CEPH_ON_DISK;

for (const way of WAYS) {
  test(`10 GiB, ${way}: ${server.name}`, { timeout: 900_000 }, async (t) => {
    const { bavail, bsize } = await statfs(tmpdir());
    if (bavail * bsize < NEEDED) return t.skip(`less than ${NEEDED / GIBIBYTE} GiB are free in ${tmpdir()}`);
    const missing = missingPrograms(server);
    if (missing.length > 0) return t.skip(`no ${missing.join(", ")} on this machine`);
    const store = await startStore(server);
    t.after(store.stop);
    const place = await createPlace({ endpoint: store.endpoint, accesskey: "test", secretkey: "testsecret" });
    const registry = await startOnBucket(t, place);
    const [times] = await pushLarge(registry.url, { way, count: 1, bytes: SIZE }, 880_000);
    assert.ok(times);
    const { pushSeconds, commitSeconds } = times;
    t.diagnostic(`pushed in ${pushSeconds.toFixed(1)} s, committed in ${commitSeconds.toFixed(1)} s`);
    assert.ok(commitSeconds < MAX_SECONDS, `${commitSeconds} s`);
    await nothingIsLeft(place);
  });
}
