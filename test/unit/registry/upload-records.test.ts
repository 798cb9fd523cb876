import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import type { StorageDriver } from "../../../drivers/contract.ts";
import { type Fault, withFaults } from "../../../drivers/layers/faults.ts";
import { createMemoryDriver } from "../../../drivers/memory/driver.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { stagedKey, uploadIdOf, uploadPrefix, uploadRecordKey } from "../../../src/registry/keys.ts";
import { sizeOf } from "../../../src/registry/staging.ts";
import { createUploadRecords, EMPTY_RECORD, type UploadRecord } from "../../../src/registry/upload-records.ts";
import { bytesOf } from "../../support/bytes.ts";
import { keysUnder, withoutConditional } from "../../support/registry-drivers.ts";
import { createSleeplessRuntime, type SleeplessRuntime } from "../../support/sleepless-runtime.ts";

const openRecords = (driver: StorageDriver, runtime: SleeplessRuntime = createSleeplessRuntime()) =>
  createUploadRecords({ driver, runtime });

const records: fc.Arbitrary<UploadRecord> = fc
  .record(
    {
      version: fc.constant(1 as const),
      state: fc.constantFrom("open" as const, "overtaken" as const, "direct" as const, "cancelled" as const),
      sequence: fc.integer({ min: 1, max: 99_999_999 }),
      attempt: fc.string(),
      repository: fc.string(),
      multipart: fc.record({ key: fc.string(), id: fc.string({ unit: "binary" }) }),
      parts: fc.array(fc.record({ partNumber: fc.nat(), size: fc.nat(), token: fc.string() })),
      tail: fc.array(fc.uint8Array({ minLength: 1 })),
      digests: fc.array(fc.uint8Array().map((bytes) => digestOf(bytes))),
    },
    { requiredKeys: ["version", "state", "sequence", "attempt", "repository", "parts", "tail", "digests"] },
  )
  .map((record) => structuredClone({ ...record, size: sizeOf(record) }));

const flat = ({ tail, ...rest }: UploadRecord) => ({ ...rest, tail: Buffer.concat(tail).toString("hex") });

test("a record is read as it was written", async () => {
  await fc.assert(
    fc.asyncProperty(records, async (record) => {
      const store = openRecords(createMemoryDriver());
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
  const store = openRecords(driver);
  await store.append("id", record(1, "x"));
  const bad = ["{}", "?", JSON.stringify({ version: 2 })].map(withPrefix);
  for (const bytes of bad) {
    await driver.put("moorage/uploads/id/id.record.00000001", bytes);
    await assert.rejects(store.get("id", 1), { name: "DriverError", kind: "unexpected" });
    await assert.rejects(store.latest("id"), { kind: "unexpected" });
  }
  assert.equal(await store.get("id", 2), undefined);
  assert.equal(await store.latest("other"), undefined);
});

/** As a record, whole, whatever it says. */
function withPrefix(json: string): Buffer {
  const prefix = Buffer.alloc(8);
  prefix.writeUInt32BE(json.length, 0);
  prefix.writeUInt32BE(crc32(json), 4);
  return Buffer.concat([prefix, Buffer.from(json)]);
}

test("a record that the machine has damaged when it went down ends its session", async () => {
  const driver = createMemoryDriver();
  const store = openRecords(driver);
  await store.append("id", record(1, "x"));
  const whole = await (await driver.get("moorage/uploads/id/id.record.00000001")).bytes();
  const damaged = Array.from(whole, (_, index) => [
    whole.subarray(0, index),
    Buffer.concat([whole.subarray(0, index), Buffer.alloc(whole.length - index)]),
    Buffer.concat([Buffer.alloc(index + 1), whole.subarray(index + 1)]),
  ]);
  for (const bytes of damaged.flat()) {
    await driver.put("moorage/uploads/id/id.record.00000001", bytes);
    assert.equal((await store.latest("id"))?.state, bytes.equals(whole) ? "open" : "cancelled");
  }
});

function record(sequence: number, attempt: string): UploadRecord {
  return { ...EMPTY_RECORD, state: "open", sequence, attempt, repository: "a", size: 100, tail: [bytesOf(100)] };
}

for (const [name, open] of [
  ["create-only writes", () => createMemoryDriver()],
  ["plain writes", () => withoutConditional(createMemoryDriver())],
] as const) {
  test(`a place is taken once, also when its record was overtaken: ${name}`, async () => {
    const driver = open();
    const store = openRecords(driver);
    for (let sequence = 1; sequence <= 12; sequence++) {
      assert.equal(await store.append("id", record(sequence, "first")), true);
      if (sequence > 1) await store.overtake("id", record(sequence - 1, "first"));
      assert.equal((await store.latest("id"))?.sequence, sequence);
    }
    for (let sequence = 1; sequence <= 12; sequence++) {
      assert.equal(await store.append("id", record(sequence, "second")), false);
    }
    await store.deleteAll("id", record(12, "first"), ["moorage/uploads/id/id.data.x"]);
    assert.deepEqual(await keysUnder(driver, ""), []);
  });
}

test("no session has what belongs to one whose id begins in the same way", () => {
  const keys = [uploadRecordKey("abc", 1), stagedKey("abc", "x")];
  for (const key of keys) {
    assert.equal(uploadIdOf(key), "abc");
    assert.ok(key.startsWith(uploadPrefix("abc")));
    assert.ok(!key.startsWith(uploadPrefix("ab")));
  }
});

test("a place that is still being written is gone with the chain", async () => {
  const memory = createMemoryDriver();
  const { promise, resolve } = Promise.withResolvers<void>();
  const store = openRecords({
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

/** Of the creations, those up to `last` suffer. */
function openFaulty(fault: Fault, last: number) {
  const memory = createMemoryDriver();
  const runtime = createSleeplessRuntime();
  let creations = 0;
  const driver = withFaults(
    memory,
    (operation) => (operation === "conditional.create" && ++creations <= last ? fault : undefined),
    runtime,
  );
  return { memory, runtime, store: openRecords(driver, runtime), creations: () => creations };
}

for (const fault of ["refuse", "lose-answer"] as const) {
  test(`a creation without an answer is repeated, and is ours whatever became of it: ${fault}`, async () => {
    for (const last of [1, 2, 3]) {
      const { memory, store } = openFaulty({ fault, kind: "unavailable" }, last);
      assert.equal(await store.append("id", record(1, "mine")), true);
      assert.equal((await store.get("id", 1))?.attempt, "mine");
      assert.equal((await keysUnder(memory, "")).length, 1);
    }
  });

  test(`a place that somebody else has taken meanwhile is not ours: ${fault}`, async () => {
    const { memory, store } = openFaulty({ fault, kind: "unavailable" }, 1);
    await openRecords(memory).append("id", record(1, "theirs"));
    assert.equal(await store.append("id", record(1, "mine")), false);
    assert.equal((await store.get("id", 1))?.attempt, "theirs");
  });
}

test("a store that stays away is not asked for ever, and one that says no is asked once", async () => {
  const away = openFaulty({ fault: "refuse", kind: "unavailable" }, Number.POSITIVE_INFINITY);
  await assert.rejects(away.store.append("id", record(1, "mine")), { kind: "unavailable" });
  assert.equal(away.creations(), 4);
  assert.ok(away.runtime.monotonic() <= 3000);
  for (const kind of ["denied", "no_space", "throttled", "unexpected"] as const) {
    const { store, creations } = openFaulty({ fault: "refuse", kind }, Number.POSITIVE_INFINITY);
    await assert.rejects(store.append("id", record(1, "mine")), { kind });
    assert.equal(creations(), 1);
  }
});
