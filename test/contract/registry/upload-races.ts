/** Requests that are sent again, or at the same time: what was acknowledged stays so, and nothing else counts. */
import assert from "node:assert/strict";
import type { StorageDriver } from "../../../drivers/contract.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { bytesOf } from "../../support/bytes.ts";
import { startUpload, withDigest } from "../../support/registry-content.ts";
import { aroundDriver, type DriverCall, keysUnder } from "../../support/registry-drivers.ts";
import { assertError, type HttpClient } from "../../support/registry-http.ts";
import { clientsGone } from "../../support/registry-world.ts";
import { createSleeplessRuntime } from "../../support/sleepless-runtime.ts";
import type { Case, Chapter } from "./harness.ts";
import { assertBlob, assertCreated, assertNoBlob, assertSession, contentRange } from "./uploads.ts";

/** The bytes of an upload are read only while it lasts. */
async function assertFinal(http: HttpClient, location: string, bytes: Uint8Array): Promise<void> {
  assertCreated(await http.request("PUT", withDigest(location, digestOf(bytes))), digestOf(bytes));
  await assertBlob(http, bytes);
}

export const retries: Chapter = {
  ids: ["end-5, end-6"],
  title: "requests whose answer was lost",
  define(cases) {
    cases.case(
      "a chunk sent again: 416, and the status tells where to go on",
      async ({ http, registry, longBytes }) => {
        for (const before of [[], [10], [longBytes, 10]]) {
          for (const settled of [true, false]) {
            let known = await startUpload(http, "a");
            const sent: Buffer[] = [];
            for (const [index, length] of before.entries()) {
              sent.push(bytesOf(length, `before ${index}`));
              known = (await http.request("PATCH", known, { body: sent[index] ?? "" })).location;
            }
            const offset = Buffer.concat(sent).length;
            const chunk = bytesOf(longBytes, "chunk");
            assertSession(await http.request("PATCH", known, { body: chunk }), 202, offset + chunk.length);
            if (settled) await registry.settled();
            for (const headers of [{}, contentRange(offset, chunk)]) {
              const again = await http.request("PATCH", known, { body: chunk, headers });
              assertError(again, 416, "BLOB_UPLOAD_INVALID");
            }
            const status = assertSession(await http.request("GET", known), 204, offset + chunk.length);
            await assertFinal(http, status, Buffer.concat([...sent, chunk]));
          }
        }
      },
    );

    cases.case("the end without the answer to the last chunk: 416, and the status tells why", async ({ http }) => {
      const start = await startUpload(http, "a");
      const bytes = bytesOf(10);
      await http.request("PATCH", start, { body: bytes });
      assertError(await http.request("PUT", withDigest(start, digestOf(bytes))), 416, "BLOB_UPLOAD_INVALID");
      await assertFinal(http, (await http.request("GET", start)).location, bytes);
    });

    cases.case("the end sent again, at once and later: 201", async ({ http, registry, replica, longBytes }) => {
      for (const length of [10, longBytes]) {
        for (const lastChunk of [Buffer.alloc(0), bytesOf(7, "last")]) {
          const bytes = bytesOf(length, `${lastChunk.length}`);
          const digest = digestOf(Buffer.concat([bytes, lastChunk]));
          const { location } = await http.request("PATCH", await startUpload(http, "a"), { body: bytes });
          const path = withDigest(location, digest);
          const elsewhere = await replica();
          for (const client of [http, http, elsewhere.http]) {
            assertCreated(await client.request("PUT", path, { body: lastChunk }), digest);
          }
          await registry.settled();
          assertCreated(await http.request("PUT", path, { body: lastChunk }), digest);
          await assertBlob(http, Buffer.concat([bytes, lastChunk]));
        }
      }
    });

    cases.case("the end sent again, and the blob has been deleted since: 404", async ({ http, registry }) => {
      const bytes = bytesOf(10);
      const { location } = await http.request("PATCH", await startUpload(http, "a"), { body: bytes });
      const path = withDigest(location, digestOf(bytes));
      assertCreated(await http.request("PUT", path), digestOf(bytes));
      await registry.settled();
      await http.request("DELETE", `/v2/a/blobs/${digestOf(bytes)}`);
      assertError(await http.request("PUT", path), 404, "BLOB_UPLOAD_UNKNOWN");
    });

    cases.case("the whole blob sent again: 201", async ({ http, registry, longBytes }) => {
      for (const bytes of [bytesOf(10), bytesOf(longBytes)]) {
        const path = withDigest(await startUpload(http, "a"), digestOf(bytes));
        for (let n = 0; n < 3; n++) {
          assertCreated(await http.request("PUT", path, { body: bytes }), digestOf(bytes));
          if (n === 1) await registry.settled();
        }
      }
    });
  },
};

/** A store on which a call can be held up. */
function holdingStore() {
  let wanted: ((call: DriverCall) => boolean) | undefined;
  let held = Promise.withResolvers<void>();
  let released = Promise.withResolvers<void>();
  return {
    wrap: (driver: StorageDriver) =>
      aroundDriver(driver, async (call, run) => {
        if (wanted?.(call)) {
          wanted = undefined;
          held.resolve();
          await released.promise;
        }
        return await run();
      }),
    /** Holds up the first such call. Resolves when it has come. */
    hold(which: (call: DriverCall) => boolean): Promise<void> {
      wanted = which;
      held = Promise.withResolvers();
      released = Promise.withResolvers();
      return held.promise;
    },
    release: () => released.resolve(),
  };
}

/** Through two replicas, at an upload that has so many bytes already. */
async function raceForOnePlace({ http, replica, longBytes }: Case, bytesBefore: number): Promise<void> {
  const other = await replica();
  let known = await startUpload(http, "a");
  const before = bytesOf(bytesBefore);
  if (bytesBefore > 0) known = (await http.request("PATCH", known, { body: before })).location;
  const chunks = Array.from({ length: 6 }, (_, index) => bytesOf(20 + index * longBytes, `${bytesBefore}-${index}`));
  const answers = await Promise.all(
    chunks.map((body, index) => (index % 2 ? http : other.http).request("PATCH", known, { body })),
  );
  const taken = answers.flatMap(({ status }, index) => (status === 202 ? [index] : []));
  assert.equal(taken.length, 1);
  const [winner = -1] = taken;
  for (const [index, answer] of answers.entries()) {
    if (index !== winner) assertError(answer, 416, "BLOB_UPLOAD_INVALID");
  }
  const location = answers[winner]?.location ?? assert.fail();
  await assertFinal(http, location, Buffer.concat([before, chunks[winner] ?? Buffer.alloc(0)]));
}

export const races: Chapter = {
  ids: ["end-5, end-6, end-14"],
  title: "requests at the same time",
  define(cases) {
    cases.when("conditional", "of several chunks for one place exactly one is taken", async (c) => {
      for (const before of [0, 10]) await raceForOnePlace(c, before);
    });

    cases.when("conditional", "of several chunks for one place exactly one is taken, also behind parts", async (c) => {
      await raceForOnePlace(c, c.longBytes);
    });

    cases.case("a slow chunk that others have overtaken is not taken, however far they are", async (c) => {
      const { http, registry, longBytes } = c;
      for (const length of [10, longBytes]) {
        for (const before of [[], [bytesOf(3)]]) {
          let location = await startUpload(http, "a");
          for (const body of before) location = (await http.request("PATCH", location, { body })).location;
          const slow = http.open("PATCH", location, { "content-length": String(length) });
          await slow.write(bytesOf(length - 1, "slow"));
          const chunks = [bytesOf(5, "one"), bytesOf(longBytes, "two"), bytesOf(5, "three")];
          for (const body of chunks) {
            location = (await http.request("PATCH", location, { body })).location;
            await registry.settled();
          }
          slow.end(Buffer.from("!"));
          assertError(await slow.answer, 416, "BLOB_UPLOAD_INVALID");
          await assertFinal(http, location, Buffer.concat([...before, ...chunks]));
        }
      }
    });

    cases.case(
      "several ends at once: 201 each",
      async ({ http, replica, longBytes }) => {
        const other = await replica();
        for (const bytes of [bytesOf(10), bytesOf(longBytes), bytesOf(longBytes * 2 + 1)]) {
          const { location } = await http.request("PATCH", await startUpload(http, "a"), { body: bytes });
          const path = withDigest(location, digestOf(bytes));
          const clients = [http, other.http, http, other.http];
          for (const answer of await Promise.all(clients.map((client) => client.request("PUT", path)))) {
            assertCreated(answer, digestOf(bytes));
          }
          await assertBlob(http, bytes);
        }
      },
      // One that is overtaken waits, and the store takes its time.
      { runtime: createSleeplessRuntime() },
    );

    cases.case("several whole blobs at once: 201 each", async ({ http, replica, longBytes }) => {
      const other = await replica();
      for (const bytes of [bytesOf(10), bytesOf(longBytes), bytesOf(longBytes * 2 + 1)]) {
        const path = withDigest(await startUpload(http, "a"), digestOf(bytes));
        const clients = [http, other.http, http, other.http];
        const answers = await Promise.all(clients.map((client) => client.request("PUT", path, { body: bytes })));
        for (const answer of answers) assertCreated(answer, digestOf(bytes));
        await assertBlob(http, bytes);
      }
    });

    const reading = holdingStore();
    cases.case(
      "an end that reads the bytes back while another one takes them away: 201 each",
      async ({ http, registry, replica, longBytes }) => {
        const bytes = bytesOf(longBytes);
        const digest = digestOf(bytes, "sha512");
        const { location } = await http.request("PATCH", await startUpload(http, "a"), { body: bytes });
        const held = reading.hold(({ operation, key }) => operation === "get" && key.includes("/data."));
        const other = await replica();
        const slow = other.http.request("PUT", withDigest(location, digest));
        // Where the bytes fit into the record there is nothing to read back.
        if ((await Promise.race([held, slow])) === undefined) {
          assertCreated(await http.request("PUT", withDigest(location, digest)), digest);
          await registry.settled();
          reading.release();
        }
        assertCreated(await slow, digest);
        await assertBlob(http, bytes, digest);
      },
      { wrap: reading.wrap },
    );

    cases.case("a cancel while a chunk comes in: the chunk is 404, and nothing of it stays", async (c) => {
      const { http, registry, driver, longBytes } = c;
      for (const before of [0, 10, longBytes]) {
        const start = await startUpload(http, "a");
        const known = before === 0 ? start : (await http.request("PATCH", start, { body: bytesOf(before) })).location;
        const body = bytesOf(longBytes * 2);
        const slow = http.open("PATCH", known, { "content-length": String(body.length) });
        await slow.write(body.subarray(0, longBytes));
        assert.equal((await http.request("DELETE", known)).status, 204);
        await registry.settled();
        slow.end(body.subarray(longBytes));
        assertError(await slow.answer, 404, "BLOB_UPLOAD_UNKNOWN");
        for (const state of [start, known]) assertError(await http.request("GET", state), 404, "BLOB_UPLOAD_UNKNOWN");
      }
      await registry.settled();
      for await (const entry of driver.list("moorage/uploads/")) {
        assert.ok(entry.kind === "object" && entry.size < 1000, "only small gravestones");
      }
    });

    cases.case(
      "a cancel while the whole blob comes in: all of it, or nothing",
      async ({ http, registry, longBytes }) => {
        const bytes = bytesOf(longBytes * 2);
        const start = await startUpload(http, "a");
        const slow = http.open("PUT", withDigest(start, digestOf(bytes)), { "content-length": String(bytes.length) });
        await slow.write(bytes.subarray(0, longBytes));
        assert.equal((await http.request("DELETE", start)).status, 204);
        await registry.settled();
        slow.end(bytes.subarray(longBytes));
        const answer = await slow.answer;
        if (answer.status === 201) await assertBlob(http, bytes);
        else {
          assertError(answer, 404, "BLOB_UPLOAD_UNKNOWN");
          await assertNoBlob(http, digestOf(bytes));
        }
        assertError(await http.request("GET", start), 404, "BLOB_UPLOAD_UNKNOWN");
      },
    );

    cases.case(
      "a chunk while the upload ends: the blob is what was asked for",
      async ({ http, longBytes }) => {
        for (const bytes of [bytesOf(10), bytesOf(longBytes)]) {
          const { location } = await http.request("PATCH", await startUpload(http, "a"), { body: bytes });
          const [ended, patched] = await Promise.all([
            http.request("PUT", withDigest(location, digestOf(bytes))),
            http.request("PATCH", location, { body: bytesOf(longBytes, "more") }),
          ]);
          assert.ok([201, 416].includes(ended.status), `${ended.status}`);
          assert.ok([202, 404, 416].includes(patched.status), `${patched.status}`);
          if (ended.status === 201) await assertBlob(http, bytes);
        }
      },
      { runtime: createSleeplessRuntime() },
    );
  },
};

export const uploadMemory: Chapter = {
  ids: ["end-4, end-5, end-6"],
  title: "memory of uploads",
  define(cases) {
    cases.case(
      "uploads that break off give their memory back",
      async (c) => {
        const { http, longBytes } = c;
        const bytes = bytesOf(Math.max(2 * longBytes, 2000));
        for (let n = 0; n < 30; n++) {
          const digest = digestOf(bytes);
          const paths = [
            ["POST", `/v2/a/blobs/uploads/?digest=${digest}`],
            ["PUT", withDigest(await startUpload(http, "a"), digest)],
            ["PATCH", await startUpload(http, "a")],
          ] as const;
          const [method, path] = paths[n % paths.length] ?? assert.fail();
          const open = http.open(method, path, { "content-length": String(bytes.length) });
          await open.write(bytes.subarray(0, n * 3 + 1));
          open.breakOff();
          const wrong = digestOf(Buffer.from("wrong"));
          const refused = await http.request("POST", `/v2/a/blobs/uploads/?digest=${wrong}`, { body: bytes });
          assertError(refused, 400, "DIGEST_INVALID");
        }
        await clientsGone(c, 30);
        const { location } = await http.request("PATCH", await startUpload(http, "a"), { body: bytes });
        await assertFinal(http, location, bytes);
      },
      { registry: { uploadMemoryBytes: 200 } },
    );

    cases.case(
      "many uploads with little memory: all of them end",
      async ({ http, longBytes }) => {
        await Promise.all(
          Array.from({ length: 20 }, async (_, index) => {
            const bytes = bytesOf(longBytes + index, `${index}`);
            const { location } = await http.request("PATCH", await startUpload(http, "a"), { body: bytes });
            await assertFinal(http, location, bytes);
          }),
        );
      },
      { registry: { uploadMemoryBytes: 200 } },
    );

    cases.case("nothing of many uploads is left", async ({ http, registry, driver }) => {
      await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          let location = await startUpload(http, "a");
          const chunks = Array.from({ length: 5 }, (__, n) => bytesOf(50 + n, `${index}`));
          for (const body of chunks) location = (await http.request("PATCH", location, { body })).location;
          await assertFinal(http, location, Buffer.concat(chunks));
        }),
      );
      await registry.settled();
      assert.deepEqual(await keysUnder(driver, "moorage/uploads/"), []);
    });
  },
};
