/** A page of the catalogue costs the same, however many repositories there are. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Bucket } from "../../drivers/memory/bucket.ts";
import { createMemoryDriver } from "../../drivers/memory/driver.ts";
import { openDriver } from "../../drivers/open.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { parseRepositoryName, parseTag } from "../../src/oci/names.ts";
import { currentTagKey, layerLinkKey, manifestsPrefix } from "../../src/registry/keys.ts";
import { createRepositoryStore } from "../../src/registry/repositories.ts";
import { recordCalls } from "../support/registry-drivers.ts";
import { temporaryDirectory } from "../support/temp.ts";

const PAGE = 100;
/** Small repositories: one listing that shows the page, and one for the beginning of its last name: in all of TREES there is one. */
const FEW = 2;
/** Large ones: one listing in vain, one for the children of the root, one for each name, some for those that come next. */
const ONE_EACH = PAGE + 20;
/** So that a repository is more than a call shows, without a thousand layers in each. */
const LARGE = { layersEach: 25, stretch: 20 };
const SMALL = { layersEach: 1 };

const TREES: Readonly<Record<string, (n: number) => string>> = {
  flat: (n) => `app-${n}`,
  "all under one name": (n) => `team/app-${n}`,
  "under a name each": (n) => `team-${n}/app`,
};

interface Sizes {
  readonly layersEach: number;
  /** Keys that a call shows. */
  readonly stretch?: number;
}

async function assertCalls(
  t: TestContext,
  names: readonly string[],
  { layersEach, stretch }: Sizes,
  calls: number,
): Promise<void> {
  const bucket = new Bucket();
  for (const name of names) {
    const repository = parseRepositoryName(name);
    const layers = Array.from({ length: layersEach }, (_, n) => layerLinkKey(repository, digestOf(Buffer.of(n))));
    for (const key of [...layers, `${manifestsPrefix(repository)}x`]) bucket.set(key, Buffer.alloc(0), 0);
  }
  const { driver, calls: made, forget } = recordCalls(createMemoryDriver({ bucket }));
  const { list } = createRepositoryStore({ driver }, { stretch });
  for (const start of [0, names.length / 2]) {
    forget();
    const page = await list({ limit: PAGE, last: names[start - 1] });
    assert.deepEqual(page.entries, names.slice(start, start + PAGE));
    t.diagnostic(`${made.length} calls after ${start} of ${names.length}`);
    assert.ok(made.length <= calls, `${made.length} calls`);
  }
}

test(`a page of ${PAGE} names in directories: each is read, and one object is looked at`, async (t) => {
  const directory = await temporaryDirectory();
  t.after(directory.remove);
  const files = await openDriver("filesystem", { rootdirectory: directory.path }, { warn: assert.fail });
  t.after(() => files.close());
  for (let n = 100; n < 300; n++)
    await files.put(currentTagKey(parseRepositoryName(`team/app-${n}`), parseTag("v1")), Buffer.alloc(0));
  const { driver, calls, forget } = recordCalls(files);
  const { list } = createRepositoryStore({ driver });
  assert.equal((await list({ limit: PAGE })).entries.length, PAGE);
  const countOf = (wanted: string) => calls.filter(({ operation }) => operation === wanted).length;
  t.diagnostic(`${calls.length} calls`);
  assert.equal(countOf("list"), 0);
  assert.ok(countOf("directories.names") <= ONE_EACH);
  assert.ok(countOf("head") <= ONE_EACH);
  forget();
  await list({ limit: 1 });
  assert.deepEqual(
    calls.filter(({ key }) => key.includes("/latest/")),
    [],
    "what is likely is known by then",
  );
});

for (const [tree, nameOf] of Object.entries(TREES)) {
  const named = (count: number) => Array.from({ length: count }, (_, n) => nameOf(n)).sort();

  test(`a page of ${PAGE} names, ${tree}: at most ${FEW} calls`, async (t) => {
    for (const count of [1_200, 5_000]) await assertCalls(t, named(count), SMALL, FEW);
  });

  const calls = tree === "under a name each" ? 3 * ONE_EACH : ONE_EACH;
  test(`a page of ${PAGE} names of large repositories, ${tree}: at most ${calls} calls`, async (t) => {
    await assertCalls(t, named(300), LARGE, calls);
  });
}
