/** A page of the catalogue costs the same, however many repositories there are. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Bucket } from "../../drivers/memory/bucket.ts";
import { createMemoryDriver } from "../../drivers/memory/driver.ts";
import { parseRepositoryName } from "../../src/oci/names.ts";
import { manifestsPrefix } from "../../src/registry/keys.ts";
import { createRepositoryStore } from "../../src/registry/repositories.ts";
import { recordCalls } from "../support/registry-drivers.ts";

const PAGE = 100;
/** One that was in vain, one for the children of the root, one for each name, some for those that come next. */
const CALLS = PAGE + 20;

const TREES: Readonly<Record<string, (n: number) => string>> = {
  flat: (n) => `app-${n}`,
  "all under one name": (n) => `team/app-${n}`,
  "under a name each": (n) => `team-${n}/app`,
};

for (const [tree, nameOf] of Object.entries(TREES)) {
  const calls = tree === "under a name each" ? 3 * CALLS : CALLS;
  test(`a page of ${PAGE} names, ${tree}: at most ${calls} calls`, async (t) => {
    for (const count of [1_200, 5_000]) {
      const bucket = new Bucket();
      const names = Array.from({ length: count }, (_, n) => nameOf(n)).sort();
      for (const name of names) bucket.set(`${manifestsPrefix(parseRepositoryName(name))}x`, Buffer.alloc(0), 0);
      const { driver, calls: made, forget } = recordCalls(createMemoryDriver({ bucket }));
      const { list } = createRepositoryStore({ driver });
      for (const start of [0, 600]) {
        forget();
        const page = await list({ limit: PAGE, last: names[start - 1] });
        assert.deepEqual(page.entries, names.slice(start, start + PAGE));
        t.diagnostic(`${made.length} calls after ${start} of ${count}`);
        assert.ok(made.length <= calls, `${made.length} calls`);
      }
    }
  });
}
