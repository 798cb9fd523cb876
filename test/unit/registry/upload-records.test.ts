import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createMemoryDriver } from "../../../drivers/memory/driver.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { createUploadRecords, EMPTY_RECORD, type UploadRecord } from "../../../src/registry/upload-records.ts";
import { bytesOf } from "../../support/bytes.ts";
import { keysUnder, withoutConditional } from "../../support/registry-drivers.ts";

const records: fc.Arbitrary<UploadRecord> = fc
  .record(
    {
      version: fc.constant(1 as const),
      state: fc.constantFrom("open" as const, "overtaken" as const, "direct" as const, "cancelled" as const),
      sequence: fc.integer({ min: 1, max: 99_999_999 }),
      attempt: fc.string(),
      repository: fc.string(),
      size: fc.maxSafeNat(),
      multipart: fc.record({ key: fc.string(), id: fc.string({ unit: "binary" }) }),
      parts: fc.array(fc.record({ partNumber: fc.nat(), size: fc.maxSafeNat(), token: fc.string() })),
      tail: fc.array(fc.uint8Array({ minLength: 1 })),
      digests: fc.array(fc.uint8Array().map((bytes) => digestOf(bytes))),
    },
    { requiredKeys: ["version", "state", "sequence", "attempt", "repository", "size", "parts", "tail", "digests"] },
  )
  .map((record) => structuredClone(record));

const flat = ({ tail, ...rest }: UploadRecord) => ({ ...rest, tail: Buffer.concat(tail).toString("hex") });

test("a record is read as it was written", async () => {
  await fc.assert(
    fc.asyncProperty(records, async (record) => {
      const store = createUploadRecords(createMemoryDriver());
      assert.equal(await store.append("id", record), true);
      const read = (await store.get("id", record.sequence)) ?? assert.fail();
      const well = JSON.parse(JSON.stringify(flat(record)));
      assert.deepEqual(JSON.parse(JSON.stringify(flat(read))), well);
    }),
    { numRuns: 300 },
  );
});

test("what is no record is an error, and no absence", async () => {
  const driver = createMemoryDriver();
  const store = createUploadRecords(driver);
  await store.append("id", record(1, "x"));
  const good = await (await driver.get("moorage/uploads/id/record.00000001")).bytes();
  const bad = [
    Buffer.alloc(0),
    Buffer.from("abc"),
    Buffer.alloc(10),
    good.subarray(0, 20),
    Buffer.from("\0\0\0\x02{}"),
  ];
  for (const bytes of bad) {
    await driver.put("moorage/uploads/id/record.00000001", bytes);
    await assert.rejects(store.get("id", 1), { name: "DriverError", kind: "unexpected" });
    await assert.rejects(store.latest("id"), { kind: "unexpected" });
  }
  assert.equal(await store.get("id", 2), undefined);
  assert.equal(await store.latest("other"), undefined);
});

function record(sequence: number, attempt: string): UploadRecord {
  return { ...EMPTY_RECORD, state: "open", sequence, attempt, repository: "a", tail: [bytesOf(100)] };
}

for (const [name, open] of [
  ["create-only writes", () => createMemoryDriver()],
  ["plain writes", () => withoutConditional(createMemoryDriver())],
] as const) {
  test(`a place is taken once, also when its record was overtaken: ${name}`, async () => {
    const driver = open();
    const store = createUploadRecords(driver);
    for (let sequence = 1; sequence <= 12; sequence++) {
      assert.equal(await store.append("id", record(sequence, "first")), true);
      if (sequence > 1) await store.overtake("id", record(sequence - 1, "first"));
      assert.equal((await store.latest("id"))?.sequence, sequence);
    }
    for (let sequence = 1; sequence <= 12; sequence++) {
      assert.equal(await store.append("id", record(sequence, "second")), false);
    }
    await store.deleteAll("id", record(12, "first"), ["moorage/uploads/id/data.x"]);
    assert.deepEqual(await keysUnder(driver, ""), []);
  });
}

test("a place that is still being written is gone with the chain", async () => {
  const memory = createMemoryDriver();
  const { promise, resolve } = Promise.withResolvers<void>();
  const store = createUploadRecords({
    ...memory,
    async put(key, body) {
      await promise;
      return await memory.put(key, body);
    },
  });
  await store.append("id", record(1, "x"));
  await store.append("id", record(2, "y"));
  const overtaking = store.overtake("id", record(1, "x"));
  const deleting = store.deleteAll("id", record(2, "y"));
  resolve();
  await Promise.all([overtaking, deleting]);
  assert.deepEqual(await keysUnder(memory, ""), []);
});
