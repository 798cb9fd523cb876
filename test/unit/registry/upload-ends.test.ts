/** Several requests that end one upload, on a store where parts are nowhere while they are put together. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { DriverError } from "../../../drivers/errors.ts";
import { createMemoryDriver } from "../../../drivers/memory/driver.ts";
import { S3_LIMITS } from "../../../drivers/memory/multipart.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { bytesOf } from "../../support/bytes.ts";
import { startUpload, withDigest } from "../../support/registry-content.ts";
import { aroundDriver } from "../../support/registry-drivers.ts";
import { type Answer, assertError } from "../../support/registry-http.ts";
import { createManualRuntime } from "../../support/registry-runtime.ts";
import { clientsGone, openWorld } from "../../support/registry-world.ts";
import { createSleeplessRuntime } from "../../support/sleepless-runtime.ts";

const PART = 64;
const bytes = bytesOf(PART + 9);
const digest = digestOf(bytes);

/** An upload that one request is about to end: it takes the parts away, and goes on when it is `released`. */
async function upload(t: TestContext) {
  const store = createMemoryDriver({ limits: { ...S3_LIMITS, minPartSize: PART } });
  const taken = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let assembling = false;
  const driver = aroundDriver(store, async ({ operation, key }, run) => {
    if (operation === "multipart.complete" && !assembling) {
      assembling = true;
      taken.resolve();
      await released.promise;
      assembling = false;
    } else if (assembling && operation !== "multipart.abort" && operation.startsWith("multipart."))
      throw new DriverError("not_found", operation, { key });
    return await run();
  });
  const pauses: number[] = [];
  let duringPause = (_count: number, _sleep: () => Promise<void>): Promise<unknown> => Promise.resolve();
  const manual = createManualRuntime();
  // Others than the requests sleep as well, once it starts.
  let open = false;
  const runtime: typeof manual = {
    ...manual,
    async sleep(milliseconds, options) {
      const sleep = () => manual.sleep(milliseconds, options);
      if (!open) return await sleep();
      pauses.push(milliseconds);
      await duringPause(pauses.length, sleep);
    },
  };
  const world = await openWorld(driver, { runtime, registry: { partSize: PART } });
  t.after(world.close);
  open = true;
  const { http, registry } = world;
  const { location } = await http.request("PATCH", await startUpload(http, "a"), { body: bytes });
  return {
    ...world,
    location,
    pauses,
    pauseWith: (work: typeof duringPause) => {
      duringPause = work;
    },
    end: () => http.request("PUT", withDigest(location, digest)),
    /** Resolves, when it has taken the parts away, to the answer that it will get. */
    async begin(): Promise<{ readonly answer: Promise<Answer> }> {
      const answer = http.request("PUT", withDigest(location, digest));
      await taken.promise;
      return { answer };
    },
    released,
    settled: registry.settled,
  };
}

test("who comes second waits for the blob", async (t) => {
  const { begin, end, pauses, pauseWith, released } = await upload(t);
  const first = await begin();
  pauseWith(async (count) => {
    if (count < 3) return;
    released.resolve();
    await first.answer;
  });
  assert.equal((await end()).status, 201);
  assert.equal((await first.answer).status, 201);
  assert.deepEqual(pauses, [100, 200, 400]);
});

test("who waits for too long is told so, and may come again", async (t) => {
  const { begin, end, pauses, released } = await upload(t);
  const first = await begin();
  const answer = await end();
  assertError(answer, 503, "UNAVAILABLE");
  assert.equal(answer.header("retry-after"), "5");
  assert.match(answer.errors()[0]?.message ?? "", /another request is about to end this upload: try again/);
  assert.deepEqual(pauses, [100, 200, 400, 800, 1600, 3200, 6400]);
  released.resolve();
  assert.equal((await first.answer).status, 201);
  assert.equal((await end()).status, 201);
});

test("whose upload is cancelled meanwhile is told so", async (t) => {
  const { begin, end, pauses, pauseWith, http, location, settled, released } = await upload(t);
  const first = await begin();
  pauseWith(async () => {
    assert.equal((await http.request("DELETE", location)).status, 204);
    await settled();
  });
  assertError(await end(), 404, "BLOB_UPLOAD_UNKNOWN");
  assert.deepEqual(pauses, [100]);
  released.resolve();
  await first.answer;
});

test("whose upload gets more bytes meanwhile is told where it goes on", async (t) => {
  const { begin, end, pauseWith, http, location, settled, released } = await upload(t);
  const first = await begin();
  pauseWith(async () => {
    assert.equal((await http.request("PATCH", location, { body: bytesOf(3) })).status, 202);
    await settled();
  });
  const answer = await end();
  assertError(answer, 416, "BLOB_UPLOAD_INVALID");
  assert.match(answer.errors()[0]?.message ?? "", /goes on at byte 76/);
  released.resolve();
  await first.answer;
});

test("who asks for an upload that is not there does not wait", async (t) => {
  const { end, pauses, http, location, settled, released } = await upload(t);
  const never = await startUpload(http, "b");
  const { location: gone } = await http.request("PATCH", never, { body: bytesOf(3) });
  assert.equal((await http.request("DELETE", gone)).status, 204);
  assertError(await http.request("PUT", withDigest(gone, digest)), 404, "BLOB_UPLOAD_UNKNOWN");

  released.resolve();
  assert.equal((await end()).status, 201);
  await settled();
  await http.request("DELETE", `/v2/a/blobs/${digest}`);
  assertError(await http.request("PUT", withDigest(location, digest)), 404, "BLOB_UPLOAD_UNKNOWN");
  assert.deepEqual(pauses, []);
});

test("who goes away does not wait any longer", async (t) => {
  const { begin, pauses, pauseWith, http, location, released, log, registry } = await upload(t);
  const first = await begin();
  const asleep = Promise.withResolvers<void>();
  pauseWith((_count, sleep) => {
    asleep.resolve();
    return sleep();
  });
  const second = http.open("PUT", withDigest(location, digest), { "content-length": "0" });
  second.end();
  await asleep.promise;
  second.breakOff();
  await assert.rejects(second.answer);
  await clientsGone({ log, registry }, 1);
  assert.deepEqual(pauses, [100]);
  released.resolve();
  assert.equal((await first.answer).status, 201);
});

test("more bytes after an end that failed, and put together what was there: unknown at once, nobody is waited for", async (t) => {
  const store = createMemoryDriver({ limits: { ...S3_LIMITS, minPartSize: PART } });
  const world = await openWorld(store, { runtime: createSleeplessRuntime(), registry: { partSize: PART } });
  t.after(world.close);
  const { http } = world;
  const { location } = await http.request("PATCH", await startUpload(http, "a"), { body: bytes });
  // Nobody has computed that one, so the bytes are read back, and put together for it.
  const wrong = withDigest(location, digestOf(bytesOf(1), "sha512"));
  assertError(await http.request("PUT", wrong), 400, "DIGEST_INVALID");
  const more = Buffer.from("{}");
  const end = withDigest(location, digestOf(Buffer.concat([bytes, more])));
  assertError(await http.request("PUT", end, { body: more }), 404, "BLOB_UPLOAD_UNKNOWN");
});
