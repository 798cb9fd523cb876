/** Whether a repository holds a blob takes two answers of the store: of its link, and of the bytes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { DriverError } from "../../../drivers/errors.ts";
import { createMemoryDriver } from "../../../drivers/memory/driver.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { parseRepositoryName } from "../../../src/oci/names.ts";
import { blobKey, layerLinkKey } from "../../../src/registry/keys.ts";
import { aroundDriver } from "../../support/registry-drivers.ts";
import { openRegistry } from "../../support/registry-world.ts";

const BYTES = Buffer.from("a blob");
const DIGEST = digestOf(BYTES);
const REPOSITORY = parseRepositoryName("team/app");
const LINK = layerLinkKey(REPOSITORY, DIGEST);
const BLOB = blobKey(DIGEST);

async function scene() {
  const bucket = createMemoryDriver();
  await bucket.put(BLOB, BYTES);
  await bucket.put(LINK, Buffer.from(DIGEST));
  let failing = "";
  let waiting: { readonly key: string; readonly go: () => void }[] = [];
  const driver = aroundDriver(bucket, async ({ key }, run) => {
    await new Promise<void>((go) => waiting.push({ key, go }));
    if (key === failing) throw new DriverError("unavailable", "head", { key });
    return await run();
  });
  const { registry } = openRegistry(driver);

  /** What is asked before anything is answered, then all that follows from that, and so on. */
  async function roundsOf(look: Promise<unknown>): Promise<readonly string[][]> {
    const rounds: string[][] = [];
    let isOver = false;
    const end = () => {
      isOver = true;
    };
    look.then(end, end);
    while (!isOver) {
      // Who asks for the same in one turn of the event loop is answered together, so a read begins in the next.
      for (let n = 0; n < 5; n++) await turn();
      const round = waiting;
      waiting = [];
      if (round.length > 0) rounds.push(round.map(({ key }) => key).sort());
      for (const { go } of round) go();
    }
    return rounds;
  }

  const stat = () => registry.blobs.stat(REPOSITORY, DIGEST);
  const failFor = (key: string) => {
    failing = key;
  };
  return { bucket, stat, roundsOf, failFor };
}

test("of a blob that was not seen before, one answer decides whether there is more to ask", async () => {
  const there = await scene();
  assert.deepEqual(await there.roundsOf(there.stat()), [[LINK], [BLOB]]);
  const unlinked = await scene();
  await unlinked.bucket.delete(LINK);
  const look = unlinked.stat();
  assert.deepEqual(await unlinked.roundsOf(look), [[LINK]]);
  await assert.rejects(look, { kind: "blob_unknown" });
});

test("of one that was seen lately, both are asked at once, and what they say counts", async () => {
  const { stat, roundsOf, bucket } = await scene();
  await roundsOf(stat());
  const again = stat();
  assert.deepEqual(await roundsOf(again), [[BLOB, LINK]]);
  assert.equal((await again).size, BYTES.length);

  await bucket.delete(LINK);
  const unlinked = stat();
  assert.deepEqual(await roundsOf(unlinked), [[BLOB, LINK]]);
  await assert.rejects(unlinked, { kind: "blob_unknown" });
  assert.deepEqual(await roundsOf(stat().catch(() => {})), [[LINK]]);
});

test("a link to other bytes is followed, also where its own were seen", async () => {
  const { stat, roundsOf, bucket } = await scene();
  await roundsOf(stat());
  const other = Buffer.from("other bytes");
  await bucket.put(blobKey(digestOf(other)), other);
  await bucket.put(LINK, Buffer.from(digestOf(other)));
  const look = stat();
  assert.deepEqual(await roundsOf(look), [[BLOB, LINK], [blobKey(digestOf(other))]]);
  assert.equal((await look).size, other.length);
});

test("a store that fails to say whether the bytes are there is no absence", async () => {
  const { stat, roundsOf, failFor } = await scene();
  await roundsOf(stat());
  failFor(BLOB);
  const look = stat();
  await roundsOf(look);
  await assert.rejects(look, { kind: "unavailable" });
});
