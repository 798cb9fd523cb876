import assert from "node:assert/strict";
import { Readable, Writable } from "node:stream";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { ObjectBody, StorageDriver } from "../../../drivers/contract.ts";
import { isDriverError } from "../../../drivers/errors.ts";
import { type Plan, withFaults } from "../../../drivers/layers/faults.ts";
import { withTimeouts } from "../../../drivers/layers/timeout.ts";
import { Bucket } from "../../../drivers/memory/bucket.ts";
import { createMemoryDriver } from "../../../drivers/memory/driver.ts";
import { streamBody } from "../../../drivers/stream-body.ts";
import { manualTimer } from "../../support/manual-timer.ts";
import { collectingWritable } from "../../support/writables.ts";

const bytes = Buffer.from("x");
const tools = { sleep: async () => {} };

function timed(driver: StorageDriver) {
  const clock = manualTimer();
  const options = {
    callMilliseconds: 100,
    idleMilliseconds: 10,
    operationMilliseconds: { copy: 1000 },
    slowestBytesPerSecond: 1000,
  };
  return { ...clock, driver: withTimeouts(driver, options, clock.timer) };
}

function hanging(plan: Plan = () => ({ fault: "hang" })) {
  const memory = createMemoryDriver();
  return { ...timed(withFaults(memory, plan, tools)), memory };
}

const timeout = { kind: "unavailable", retryable: true, cause: { name: "TimeoutError" } } as const;

async function assertTimeout(call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, ({ kind, retryable, cause }) => {
    assert.deepEqual({ kind, retryable, cause: { name: cause.name } }, timeout);
    return true;
  });
}

test("a call that is not answered ends at its deadline, and the store is told", async () => {
  const told: unknown[] = [];
  const memory = createMemoryDriver();
  const { driver, advance, pending } = timed({
    ...memory,
    put: (_key, _body, options) =>
      new Promise(() => options?.signal?.addEventListener("abort", () => told.push(options.signal?.reason))),
  });
  const call = driver.put("key", bytes);
  advance(99);
  await setImmediate();
  assert.deepEqual(told, []);
  advance(1);
  await assertTimeout(call);
  assert.ok(isDriverError(told[0], "unavailable"));
  assert.equal(pending(), 0);
});

test("an answered call leaves no timer behind", async () => {
  const { driver, pending } = timed(createMemoryDriver());
  await driver.put("key", bytes);
  await (await driver.get("key")).bytes();
  await assert.rejects(driver.head("nothing"));
  for await (const _ of driver.list("")) assert.equal(pending(), 0);
  assert.equal(pending(), 0);
});

test("an operation may have more time than others", async () => {
  const { driver, advance } = hanging();
  const copy = driver.copy("a", "b");
  const check = driver.check();
  advance(100);
  await assertTimeout(check);
  advance(900);
  await assertTimeout(copy);
});

test("bytes on their way have the time that they take on a slow link, and never less than other calls", async () => {
  const piece = Buffer.alloc(250);
  const sending: readonly ((driver: StorageDriver) => Promise<unknown>)[] = [
    (driver) => driver.put("key", [piece, piece]),
    (driver) => driver.multipart.putPart({ key: "key", id: "id" }, 1, [piece, piece]),
    (driver) => driver.conditional?.create("key", [piece, piece]) ?? assert.fail(),
  ];
  for (const send of sending) {
    const { driver, advance } = hanging();
    let isOver = false;
    const call = send(driver).finally(() => {
      isOver = true;
    });
    call.catch(() => {});
    const short = driver.put("short", bytes);
    advance(100);
    await assertTimeout(short);
    advance(399);
    await setImmediate();
    assert.equal(isOver, false);
    advance(1);
    await assertTimeout(call);
  }
});

test("a listing has its time for each entry", async () => {
  const { driver, memory, advance } = hanging((_operation, _key, nth) => (nth === 3 ? { fault: "hang" } : undefined));
  for (const key of ["a", "b", "c"]) await memory.put(key, bytes);
  const seen: string[] = [];
  const listing = (async () => {
    for await (const { key } of driver.list("")) {
      seen.push(key);
      advance(99);
    }
  })();
  await setImmediate();
  assert.deepEqual(seen, ["a", "b"]);
  advance(100);
  await assertTimeout(listing);
});

test("the caller's abort reaches the store, and its answer is waited for", async () => {
  const { driver } = hanging();
  const controller = new AbortController();
  const call = driver.head("key", { signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(call, { message: "enough" });
});

test("a body that comes too late is given back, and an upload aborted", async () => {
  const answers: (() => void)[] = [];
  const hold: Plan = () => new Promise((resolve) => answers.push(() => resolve(undefined)));
  const bucket = new Bucket();
  const memory = createMemoryDriver({ bucket });
  await memory.put("key", bytes);
  let discarded = 0;
  const counting: StorageDriver = {
    ...memory,
    get: async (key) => ({ ...(await memory.get(key)), discard: async () => void discarded++ }),
  };
  const { driver, advance } = timed(withFaults(counting, hold, tools));
  const calls = [driver.get("key"), driver.multipart.create("upload")];
  advance(100);
  for (const call of calls) await assertTimeout(call);
  for (const answer of answers) answer();
  await setImmediate();
  assert.equal(discarded, 1);
  // The abort goes through the plan as well.
  answers.at(-1)?.();
  await setImmediate();
  assert.equal(bucket.uploads.size, 0);
});

test("a store that falls silent in the middle of a body is given up, however it is read", async () => {
  const readers: readonly ((body: ObjectBody) => Promise<unknown>)[] = [
    (body) => body.bytes(),
    (body) => body.stream().toArray(),
    (body) => body.sendTo(collectingWritable().out),
  ];
  for (const read of readers) {
    const { body, source } = await silentAfter(3);
    const { driver, advance, pending } = timed({ ...createMemoryDriver(), get: async () => body });
    const reading = read(await driver.get("key"));
    for (let turn = 0; turn < 20; turn++) await setImmediate();
    advance(10);
    await assertTimeout(reading);
    assert.equal(pending(), 0);
    source.destroy();
  }
});

test("a body may take any time, as long as something comes", async () => {
  const chunks = Array.from({ length: 50 }, () => Buffer.alloc(1000));
  const { out, received } = collectingWritable();
  let advance = (_: number) => {};
  async function* slowly() {
    for (const chunk of chunks) {
      await setImmediate();
      advance(9);
      yield chunk;
    }
  }
  const stream = Readable.from(slowly(), { objectMode: false });
  const body = streamBody({ ...about, info: { ...about.info, size: 50_000 }, stream });
  const layered = timed({ ...createMemoryDriver(), get: async () => body });
  advance = layered.advance;
  await (await layered.driver.get("key")).sendTo(out);
  assert.equal(received().length, 50_000);
});

test("a slow reader is not a silent store", async () => {
  const { driver, advance, pending } = timed(createMemoryDriver());
  await driver.put("key", Buffer.alloc(300_000));
  let size = 0;
  const out = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      advance(1000);
      void setImmediate().then(() => done());
    },
  });
  await (await driver.get("key")).sendTo(out);
  assert.equal(size, 300_000);
  assert.equal(pending(), 0);

  const stream = (await driver.get("key")).stream();
  for await (const _ of stream) {
    await setImmediate();
    advance(1000);
  }
});

test("a stream that nobody reads is closed with what is below", async () => {
  const { body, source } = await silentAfter(1);
  const { driver } = timed({ ...createMemoryDriver(), get: async () => body });
  const stream = (await driver.get("key")).stream();
  stream.destroy();
  await setImmediate();
  assert.ok(source.destroyed);
});

const about = {
  key: "key",
  info: { size: 1_000_000, version: "1", lastModified: new Date(0) },
  range: undefined,
  explain: (error: unknown) => error,
};

async function silentAfter(chunks: number): Promise<{ body: ObjectBody; source: Readable }> {
  let left = chunks;
  const source = new Readable({
    read() {
      left -= 1;
      if (left >= 0) this.push(Buffer.alloc(1000));
    },
  });
  return { body: streamBody({ ...about, stream: source }), source };
}
