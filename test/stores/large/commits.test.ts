/** How long the end of an upload takes, whatever its size, where nothing has to be read back. */
import assert from "node:assert/strict";
import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { createPlace, nothingIsLeft, startOnBucket } from "../../e2e/support/buckets.ts";
import { missingPrograms, startStore } from "../../support/stores.ts";
import { CEPH_ON_DISK, VERSITY } from "../servers.ts";
import { pushLarge, type Way } from "./pushes.ts";

const GIBIBYTE = 1024 ** 3;
const SIZE = 10 * GIBIBYTE;
/** What was staged, its copy, and some air. */
const NEEDED = 2 * SIZE + 4 * GIBIBYTE;
const MAX_SECONDS = 20;
const WAYS: readonly Way[] = ["one POST", "one PUT", "PATCH, then PUT"];

/** Ceph copies an object of any size without its bytes. Versity's gateway copies every byte, as fast as its disk does: there, only what needs no copy can be promised. */
const STORES = [
  { server: CEPH_ON_DISK, ways: WAYS },
  { server: VERSITY, ways: WAYS.filter((way) => way !== "PATCH, then PUT") },
];

for (const { server, ways } of STORES) {
  for (const way of ways) {
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
}
