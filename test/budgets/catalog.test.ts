/** A page of the catalogue costs the same, however many repositories there are. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Bucket } from "../../drivers/memory/bucket.ts";
import { createMemoryDriver } from "../../drivers/memory/driver.ts";
import { parseRepositoryName } from "../../src/oci/names.ts";
import { manifestsPrefix } from "../../src/registry/keys.ts";
import { createRepositoryStore } from "../../src/registry/repositories.ts";
import { recordCalls } from "../support/registry-drivers.ts";

const PAGE = 100;
/** Small repositories: one listing that shows the page, and one for each beginning of its last name. */
const FEW = 3;
/** Large ones: one listing in vain, one for the children of the root, one for each name, some for those that come next. */
const ONE_EACH = PAGE + 20;
/** So many keys in each repository that a listing shows fewer of them than are looked at together. */
const LARGE = 250;

const TREES: Readonly<Record<string, (n: number) => string>> = {
  flat: (n) => `app-${n}`,
  "all under one name": (n) => `team/app-${n}`,
  "under a name each": (n) => `team-${n}/app`,
};

async function assertCalls(t: TestContext, names: readonly string[], keysEach: number, calls: number): Promise<void> {
  const bucket = new Bucket();
  for (const name of names) {
    const prefix = manifestsPrefix(parseRepositoryName(name));
    for (let n = 0; n < keysEach; n++) bucket.set(`${prefix}${n}`, Buffer.alloc(0), 0);
  }
  const { driver, calls: made, forget } = recordCalls(createMemoryDriver({ bucket }));
  const { list } = createRepositoryStore({ driver });
  for (const start of [0, names.length / 2]) {
    forget();
    const page = await list({ limit: PAGE, last: names[start - 1] });
    assert.deepEqual(page.entries, names.slice(start, start + PAGE));
    t.diagnostic(`${made.length} calls after ${start} of ${names.length}`);
    assert.ok(made.length <= calls, `${made.length} calls`);
  }
}

for (const [tree, nameOf] of Object.entries(TREES)) {
  const named = (count: number) => Array.from({ length: count }, (_, n) => nameOf(n)).sort();

  test(`a page of ${PAGE} names, ${tree}: at most ${FEW} calls`, async (t) => {
    for (const count of [1_200, 5_000]) await assertCalls(t, named(count), 1, FEW);
  });

  const calls = tree === "under a name each" ? 3 * ONE_EACH : ONE_EACH;
  test(`a page of ${PAGE} names of large repositories, ${tree}: at most ${calls} calls`, async (t) => {
    await assertCalls(t, named(300), LARGE, calls);
  });
}
