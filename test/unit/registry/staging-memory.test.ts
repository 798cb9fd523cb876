/** Memory of an upload's chunks, which V8 would find only by going through its whole heap. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Bucket } from "../../../drivers/memory/bucket.ts";
import { createMemoryDriver } from "../../../drivers/memory/driver.ts";
import { S3_LIMITS } from "../../../drivers/memory/multipart.ts";
import { giveBack } from "../../../drivers/spent-memory.ts";
import { createStaging, NOTHING_STAGED } from "../../../src/registry/staging.ts";
import { createUploadMemory } from "../../../src/registry/upload-memory.ts";

const CHUNK = 64 * 1024;
const chunkOf = (byte: number) => Buffer.from(new ArrayBuffer(CHUNK)).fill(byte);

function startScene() {
  const bucket = new Bucket();
  const driver = createMemoryDriver({ bucket, limits: { ...S3_LIMITS, minPartSize: 1 } });
  const chunks = [1, 2, 3].map(chunkOf);
  const stage = (partSize: number, of = driver) =>
    createStaging(of, "key", NOTHING_STAGED, { partSize, memory: createUploadMemory(10 * CHUNK), giveBack });
  return { driver, chunks, stage };
}

test("what is stored as a part is given back, and what is left is not", async () => {
  const { driver, chunks, stage } = startScene();
  const staging = stage(2 * CHUNK);
  for (const chunk of chunks) await staging.write(chunk);
  const { multipart = assert.fail("no part"), parts, tail } = await staging.finish();
  assert.deepEqual(
    chunks.map(({ length }) => length),
    [0, 0, CHUNK],
  );
  const last = await driver.multipart.putPart(multipart, 2, tail);
  await driver.multipart.complete(multipart, [...parts, last]);
  const stored: Buffer[] = [];
  for await (const piece of (await driver.get("key")).stream()) stored.push(piece);
  assert.ok(Buffer.concat(stored).equals(Buffer.concat([1, 2, 3].map(chunkOf))));
});

test("what could not be stored is not given back: whoever failed may still have it on its way", async () => {
  const { driver, chunks, stage } = startScene();
  const failing = {
    ...driver,
    multipart: { ...driver.multipart, putPart: () => Promise.reject(new Error("away")) },
  };
  const staging = stage(CHUNK, failing);
  for (const chunk of chunks.slice(0, 1)) await staging.write(chunk);
  assert.match(String((await staging.finish()).failure?.error), /away/);
  assert.equal(chunks[0]?.length, CHUNK);
});
