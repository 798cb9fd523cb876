/** What an upload's request leaves behind its last whole part: on its way through the record it would be in memory three times. */
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { createMemoryDriver } from "../../../drivers/memory/driver.ts";
import { S3_LIMITS } from "../../../drivers/memory/multipart.ts";
import { parseRepositoryName } from "../../../src/oci/names.ts";
import { createStaging, type FinishedStaging, NOTHING_STAGED, type StagingEnd } from "../../../src/registry/staging.ts";
import { createUploadMemory } from "../../../src/registry/upload-memory.ts";
import { openRegistry } from "../../support/registry-world.ts";

const PART = 10;
const LIMITS = { ...S3_LIMITS, minPartSize: 5 };
const WHOLE = { isWhole: true };

interface Case {
  readonly end?: StagingEnd;
  readonly limits?: typeof LIMITS & { readonly equalParts?: boolean };
}

async function stage(bytes: number, { end = WHOLE, limits = LIMITS }: Case = {}) {
  const memory = createUploadMemory(1024);
  const staging = createStaging(createMemoryDriver({ limits }), "key", NOTHING_STAGED, { partSize: PART, memory });
  await staging.write(Buffer.alloc(bytes));
  return shapeOf(await staging.finish(end));
}

const shapeOf = ({ parts, tail }: FinishedStaging) =>
  [...parts, ...tail.map(({ length }) => length)].map((piece) =>
    typeof piece === "number" ? `tail ${piece}` : piece.size,
  );

test("half a part or more becomes a part of its own", async () => {
  assert.deepEqual(await stage(PART + 5), [PART, 5]);
});

test("less than half a part is the tail, and less than the store takes", async () => {
  assert.deepEqual(await stage(PART + 4), [PART, "tail 4"]);
  assert.deepEqual(await stage(PART + 5, { limits: { ...LIMITS, minPartSize: 6 } }), [PART, "tail 5"]);
});

test("without a part before it, it is short enough for the record", async () => {
  assert.deepEqual(await stage(PART - 1), [`tail ${PART - 1}`]);
});

test("the end of a client that broke off is the tail: it comes again, in other parts", async () => {
  assert.deepEqual(await stage(PART + 5, { end: { isWhole: false } }), [PART, "tail 5"]);
});

test("where all parts have to be equal, it is the tail", async () => {
  assert.deepEqual(await stage(PART + 5, { limits: { ...LIMITS, equalParts: true } }), [PART, "tail 5"]);
});

test("one part is left for what comes at the end", async () => {
  assert.deepEqual(await stage(PART + 5, { limits: { ...LIMITS, maxParts: 2 } }), [PART, "tail 5"]);
});

/** The sizes of the parts that a request with this body stores. */
async function partsOf(bytes: Readable): Promise<number[]> {
  const driver = createMemoryDriver({ limits: LIMITS });
  const parts: number[] = [];
  const putPart: typeof driver.multipart.putPart = async (...args) => {
    const receipt = await driver.multipart.putPart(...args);
    parts.push(receipt.size);
    return receipt;
  };
  const watched = { ...driver, multipart: { ...driver.multipart, putPart } };
  const { registry } = openRegistry(watched, { registry: { partSize: PART } });
  await registry.uploads.append(registry.uploads.start(parseRepositoryName("long/app")), { bytes }).catch(() => {});
  return parts;
}

test("a request that came to its end has a part of its own for the rest, one that broke off has not", async () => {
  async function* brokenOff() {
    yield Buffer.alloc(PART + 5);
    throw new Error("the client went away");
  }
  assert.deepEqual(await partsOf(Readable.from([Buffer.alloc(PART + 5)])), [PART, 5]);
  assert.deepEqual(await partsOf(Readable.from(brokenOff())), [PART]);
});
