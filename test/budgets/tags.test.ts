/** A manifest's tags go with it: what that costs depends on them, not on those that mean others. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StorageDriver } from "../../drivers/contract.ts";
import { createMemoryDriver } from "../../drivers/memory/driver.ts";
import { openDriver } from "../../drivers/open.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { parseRepositoryName, parseTag, type Tag } from "../../src/oci/names.ts";
import { currentTagKey, tagIndexKey, tagsPrefix } from "../../src/registry/keys.ts";
import { createSharedLinkReader } from "../../src/registry/links.ts";
import { createTagStore } from "../../src/registry/tags.ts";
import { aroundDriver, keysUnder, recordCalls } from "../support/registry-drivers.ts";
import { temporaryDirectory } from "../support/temp.ts";

const PROTOCOL = { start: async () => {}, assertWritable() {}, stop() {} };
const REPOSITORY = parseRepositoryName("team/app");
const DOOMED = digestOf(Buffer.from("doomed"));
const OTHER = digestOf(Buffer.from("other"));
const AT_ONCE = 8;

const named = (name: string, count: number): Tag[] =>
  Array.from({ length: count }, (_, n) => parseTag(`${name}-${String(n).padStart(4, "0")}`));

async function scene(bucket: StorageDriver = createMemoryDriver()) {
  let running = 0;
  let most = 0;
  const slow = aroundDriver(bucket, async (_call, run) => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running -= 1;
    return await run();
  });
  const { driver, calls, forget } = recordCalls(slow);
  const tags = createTagStore({ driver, readSharedLink: createSharedLinkReader(driver), protocol: PROTOCOL });
  return {
    tags,
    bucket,
    async callsToDelete() {
      forget();
      most = 0;
      await tags.deleteAllOf(REPOSITORY, DOOMED);
      const counted: Record<string, number> = {};
      for (const { operation } of calls) counted[operation] = (counted[operation] ?? 0) + 1;
      return { counted, most };
    },
  };
}

test("tags that mean others cost nothing but their place in a listing", async () => {
  const { tags, callsToDelete, bucket } = await scene();
  for (const tag of named("other", 500)) {
    await tags.remember(REPOSITORY, tag, OTHER);
    await tags.set(REPOSITORY, tag, OTHER);
  }
  const [doomed, moved] = named("mine", 2) as [Tag, Tag];
  for (const tag of [doomed, moved]) await tags.remember(REPOSITORY, tag, DOOMED);
  await tags.set(REPOSITORY, doomed, DOOMED);
  await tags.set(REPOSITORY, moved, OTHER);
  // The listing of all, and one of the tag that goes; what either tag means; two links of one, one of the other.
  assert.deepEqual((await callsToDelete()).counted, { list: 2, get: 2, delete: 3 });
  assert.deepEqual(await keysUnder(bucket, currentTagKey(REPOSITORY, moved)), [currentTagKey(REPOSITORY, moved)]);
  assert.deepEqual(await keysUnder(bucket, currentTagKey(REPOSITORY, doomed)), []);
  assert.deepEqual(await keysUnder(bucket, tagIndexKey(REPOSITORY, moved, DOOMED)), []);
});

test("tags without a history are read, some at once, and left alone if they mean others", async () => {
  const { tags, callsToDelete } = await scene();
  for (const tag of named("other", 100)) await tags.set(REPOSITORY, tag, OTHER);
  assert.deepEqual(await callsToDelete(), { counted: { list: 1, get: 100 }, most: AT_ONCE });
});

test("in directories no history is listed: of each tag two places are looked at, some at once", async (t) => {
  const directory = await temporaryDirectory();
  t.after(directory.remove);
  const driver = await openDriver("filesystem", { rootdirectory: directory.path }, { warn: assert.fail });
  t.after(() => driver.close());
  const { tags, callsToDelete } = await scene(driver);
  for (const tag of named("other", 100)) {
    await tags.remember(REPOSITORY, tag, OTHER);
    await tags.set(REPOSITORY, tag, OTHER);
  }
  const looks = { "directories.names": 101, get: 100 };
  assert.deepEqual(await callsToDelete(), { counted: looks, most: AT_ONCE });

  const [doomed, moved] = named("mine", 2) as [Tag, Tag];
  for (const tag of [doomed, moved]) await tags.remember(REPOSITORY, tag, DOOMED);
  await tags.set(REPOSITORY, doomed, DOOMED);
  await tags.set(REPOSITORY, moved, OTHER);
  // As above: one of the two goes, and the history of the other.
  assert.deepEqual((await callsToDelete()).counted, { "directories.names": 103, get: 102, list: 1, delete: 3 });
  assert.deepEqual(await keysUnder(driver, `${tagsPrefix(REPOSITORY)}mine`), [currentTagKey(REPOSITORY, moved)]);
});
