import assert from "node:assert/strict";
import type { StorageDriver } from "../../../drivers/contract.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { bytesOf } from "../../support/bytes.ts";
import { pushBlob, startUpload, withDigest } from "../../support/registry-content.ts";
import { isWrite, keysUnder, type RecordedCalls, recordCalls } from "../../support/registry-drivers.ts";
import { type Answer, assertError, type HttpClient } from "../../support/registry-http.ts";
import { clientsGone } from "../../support/registry-world.ts";
import type { CaseOptions, Chapter } from "./harness.ts";

const UPLOADS = "/v2/a/blobs/uploads/";

/** As RFC 9110 would have it, were there a way to write an empty range. */
export const rangeOf = (offset: number) => `0-${Math.max(0, offset - 1)}`;

/** An answer that tells where the upload goes on. */
export function assertSession(answer: Answer, status: number, offset: number): string {
  assert.equal(answer.status, status, answer.body.toString());
  assert.equal(answer.body.length, 0);
  assert.equal(answer.header("range"), rangeOf(offset));
  assert.ok(answer.location.includes(answer.header("docker-upload-uuid")));
  assert.ok(Number(answer.header("oci-chunk-min-length")) >= 1);
  return answer.location;
}

export function assertCreated(answer: Answer, digest: string): void {
  assert.equal(answer.status, 201, answer.body.toString());
  assert.equal(answer.body.length, 0);
  assert.equal(answer.header("docker-content-digest"), digest);
  assert.equal(answer.location, `/v2/a/blobs/${digest}`);
}

export async function assertBlob(http: HttpClient, bytes: Uint8Array, digest: string = digestOf(bytes)): Promise<void> {
  const answer = await http.request("GET", `/v2/a/blobs/${digest}`);
  assert.equal(answer.status, 200);
  assert.ok(answer.body.equals(bytes));
}

export async function assertNoBlob(http: HttpClient, digest: string): Promise<void> {
  assertError(await http.request("GET", `/v2/a/blobs/${digest}`), 404, "BLOB_UNKNOWN");
}

export function contentRange(start: number, chunk: Uint8Array): { readonly "content-range": string } {
  return { "content-range": `${start}-${start + chunk.length - 1}` };
}

/** Writes down what the case asks of its store. */
export function recording(): CaseOptions & { readonly recorded: () => RecordedCalls } {
  let current: RecordedCalls | undefined;
  return {
    wrap(driver: StorageDriver) {
      current = recordCalls(driver);
      return current.driver;
    },
    recorded: () => current ?? assert.fail("nothing was opened"),
  };
}

export const startedUploads: Chapter = {
  ids: ["end-4"],
  title: "starting uploads",
  define(cases) {
    const watched = recording();
    cases.case(
      "POST answers where to go on, and stores nothing",
      async ({ http }) => {
        watched.recorded().forget();
        const answer = await http.request("POST", UPLOADS);
        assertSession(answer, 202, 0);
        assert.match(answer.header("docker-upload-uuid"), /^[0-9a-f-]{36}$/);
        assert.equal((await http.request("POST", UPLOADS.slice(0, -1))).status, 202);
        assert.deepEqual(watched.recorded().calls, []);
      },
      watched,
    );

    cases.case("every upload has a name of its own", async ({ http }) => {
      const names = new Set<string>();
      for (let n = 0; n < 10; n++) names.add((await http.request("POST", UPLOADS)).header("docker-upload-uuid"));
      assert.equal(names.size, 10);
    });

    for (const algorithm of ["sha256", "sha512"] as const) {
      cases.case(`the whole blob with the POST: ${algorithm}`, async ({ http, longBytes }) => {
        for (const bytes of [Buffer.alloc(0), bytesOf(1), bytesOf(longBytes)]) {
          const digest = digestOf(bytes, algorithm);
          assertCreated(await http.request("POST", `${UPLOADS}?digest=${digest}`, { body: bytes }), digest);
          await assertBlob(http, bytes, digest);
          const chunked = [bytes.subarray(0, 7), bytes.subarray(7)];
          assertCreated(await http.request("POST", `${UPLOADS}?digest=${digest}`, { body: chunked }), digest);
        }
      });
    }

    cases.case("the whole blob with the POST, and another digest", async ({ http, driver, longBytes }) => {
      for (const bytes of [Buffer.alloc(0), bytesOf(10), bytesOf(longBytes)]) {
        const wrong = digestOf(Buffer.from("something else"));
        const answer = await http.request("POST", `${UPLOADS}?digest=${wrong}`, { body: bytes });
        assertError(answer, 400, "DIGEST_INVALID");
        assert.deepEqual(answer.errors()[0]?.detail, { claimed: wrong, actual: digestOf(bytes) });
        await assertNoBlob(http, wrong);
        await assertNoBlob(http, digestOf(bytes));
      }
      assert.deepEqual(await keysUnder(driver, "docker/"), []);
    });

    cases.case("a digest that is none, an algorithm that is not known", async ({ http }) => {
      for (const digest of ["", "x", "sha256:0", `md5:${"0".repeat(32)}`, `SHA256:${"0".repeat(64)}`]) {
        const answer = await http.request("POST", `${UPLOADS}?digest=${digest}`, { body: "x" });
        assertError(answer, 400, "DIGEST_INVALID");
      }
      for (const algorithm of ["", "md5", "SHA256", "constructor", "blake3"]) {
        const answer = await http.request("POST", `${UPLOADS}?digest-algorithm=${algorithm}`);
        assertError(answer, 400, "DIGEST_INVALID");
      }
    });

    cases.case("an algorithm that is announced", async ({ http, longBytes }) => {
      for (const algorithm of ["sha256", "sha512"] as const) {
        const bytes = bytesOf(longBytes, algorithm);
        const posted = await http.request("POST", `${UPLOADS}?digest-algorithm=${algorithm}`);
        const patched = await http.request("PATCH", assertSession(posted, 202, 0), { body: bytes });
        const digest = digestOf(bytes, algorithm);
        const ended = await http.request("PUT", withDigest(assertSession(patched, 202, bytes.length), digest));
        assertCreated(ended, digest);
        await assertBlob(http, bytes, digest);
      }
    });

    cases.case("a repository that is none", async ({ http }) => {
      assertError(await http.request("POST", "/v2/Not/a/name/blobs/uploads/"), 400, "NAME_INVALID");
    });

    cases.case("a client that goes away in the middle leaves nothing", async (c) => {
      const { http, driver, longBytes } = c;
      const bytes = bytesOf(longBytes * 2);
      const length = { "content-length": String(bytes.length) };
      const open = http.open("POST", `${UPLOADS}?digest=${digestOf(bytes)}`, length);
      await open.write(bytes.subarray(0, longBytes + 1));
      open.breakOff();
      await clientsGone(c, 1);
      await assertNoBlob(http, digestOf(bytes));
      assert.deepEqual(await keysUnder(driver, "docker/"), []);
    });

    const counted = recording();
    cases.case(
      "a blob that is there already is not stored again",
      async ({ http, longBytes }) => {
        const bytes = bytesOf(longBytes);
        const digest = await pushBlob(http, "b", bytes);
        counted.recorded().forget();
        assertCreated(await http.request("POST", `${UPLOADS}?digest=${digest}`, { body: bytes }), digest);
        const writes = counted.recorded().calls.filter(isWrite);
        assert.ok(writes.length <= 2, JSON.stringify(writes));
        await assertBlob(http, bytes);
      },
      counted,
    );
  },
};

export const chunks: Chapter = {
  ids: ["end-5"],
  title: "chunks",
  define(cases) {
    cases.case("one chunk, then the end", async ({ http, longBytes }) => {
      for (const bytes of [bytesOf(1), bytesOf(longBytes)]) {
        const patched = await http.request("PATCH", await startUpload(http, "a"), { body: bytes });
        const next = assertSession(patched, 202, bytes.length);
        await assertNoBlob(http, digestOf(bytes));
        assertCreated(await http.request("PUT", withDigest(next, digestOf(bytes))), digestOf(bytes));
        await assertBlob(http, bytes);
      }
    });

    cases.case("many chunks of odd lengths, with and without Content-Range", async ({ http, longBytes }) => {
      for (const announced of [true, false]) {
        const bytes = bytesOf(longBytes * 3, `announced ${announced}`);
        let location = await startUpload(http, "a");
        let offset = 0;
        for (const length of [1, 63, 64, 65, 1, longBytes + 7, 3, longBytes]) {
          const chunk = bytes.subarray(offset, offset + length);
          const headers = announced ? contentRange(offset, chunk) : {};
          offset += chunk.length;
          location = assertSession(await http.request("PATCH", location, { body: chunk, headers }), 202, offset);
        }
        const rest = bytes.subarray(offset);
        const headers = announced ? contentRange(offset, rest) : {};
        const ended = await http.request("PUT", withDigest(location, digestOf(bytes)), { body: rest, headers });
        assertCreated(ended, digestOf(bytes));
        await assertBlob(http, bytes);
      }
    });

    cases.case("without a Content-Length", async ({ http, longBytes }) => {
      const bytes = bytesOf(longBytes);
      const body = [bytes.subarray(0, 10), bytes.subarray(10, 500), bytes.subarray(500)];
      const patched = await http.request("PATCH", await startUpload(http, "a"), { body });
      const next = assertSession(patched, 202, bytes.length);
      assertCreated(await http.request("PUT", withDigest(next, digestOf(bytes))), digestOf(bytes));
    });

    cases.case("any Content-Type", async ({ http }) => {
      const bytes = bytesOf(10);
      for (const type of ["application/octet-stream", "text/plain", "application/x-www-form-urlencoded", "nonsense"]) {
        const headers = { "content-type": type };
        const patched = await http.request("PATCH", await startUpload(http, "a"), { body: bytes, headers });
        const next = assertSession(patched, 202, bytes.length);
        assertCreated(await http.request("PUT", withDigest(next, digestOf(bytes)), { headers }), digestOf(bytes));
      }
    });

    cases.case("an empty chunk changes nothing", async ({ http }) => {
      const first = await http.request("PATCH", await startUpload(http, "a"), { body: "" });
      const second = await http.request("PATCH", assertSession(first, 202, 0), { body: bytesOf(10) });
      const third = await http.request("PATCH", assertSession(second, 202, 10), { body: "" });
      const digest = digestOf(bytesOf(10));
      assertCreated(await http.request("PUT", withDigest(assertSession(third, 202, 10), digest)), digest);
    });

    cases.case("out of order: 416, and the upload goes on where it was", async ({ http, longBytes }) => {
      const bytes = bytesOf(longBytes + 200);
      const chunk = bytes.subarray(0, longBytes);
      const start = await startUpload(http, "a");
      const late = await http.request("PATCH", start, { body: chunk, headers: contentRange(5, chunk) });
      assertError(late, 416, "BLOB_UPLOAD_INVALID");
      const next = assertSession(await http.request("PATCH", start, { body: chunk }), 202, chunk.length);
      const rest = bytes.subarray(longBytes);
      for (const offset of [0, longBytes - 1, longBytes + 1]) {
        const answer = await http.request("PATCH", next, { body: rest, headers: contentRange(offset, rest) });
        assertError(answer, 416, "BLOB_UPLOAD_INVALID");
        assert.deepEqual(answer.errors()[0]?.detail, { offset: longBytes });
      }
      const ended = await http.request("PUT", withDigest(next, digestOf(bytes)), {
        body: rest,
        headers: contentRange(longBytes + 1, rest),
      });
      assertError(ended, 416, "BLOB_UPLOAD_INVALID");
      assertSession(await http.request("GET", next), 204, longBytes);
      assertCreated(await http.request("PUT", withDigest(next, digestOf(bytes)), { body: rest }), digestOf(bytes));
    });

    cases.case("a Content-Range that is none, or not that of the body", async ({ http }) => {
      const start = await startUpload(http, "a");
      for (const range of [
        "",
        "x",
        "0",
        "0-",
        "-9",
        "9-0",
        "bytes 0-9/10",
        "bytes=0-9",
        "0-9/10",
        "0 - 9",
        "1e1-2e1",
      ]) {
        const answer = await http.request("PATCH", start, { body: bytesOf(10), headers: { "content-range": range } });
        assertError(answer, 400, "BLOB_UPLOAD_INVALID");
      }
      for (const range of ["0-8", "0-10", "0-9007199254740990"]) {
        const answer = await http.request("PATCH", start, { body: bytesOf(10), headers: { "content-range": range } });
        assertError(answer, 400, "SIZE_INVALID");
      }
      assertSession(await http.request("GET", start), 204, 0);
    });

    cases.case("without a Content-Length, a body that is not what the Content-Range says", async ({ http, log }) => {
      for (const range of ["0-8", "0-10", "0-1000"]) {
        const answer = await http.request("PATCH", await startUpload(http, "a"), {
          body: [bytesOf(5), bytesOf(5)],
          headers: { "content-range": range },
        });
        assertError(answer, 400, "SIZE_INVALID");
      }
      assert.ok(!log.some(({ message }) => message === "the client went away"));
    });

    cases.case("what arrived before the connection broke is kept", async (c) => {
      const { http, longBytes } = c;
      const bytes = bytesOf(longBytes * 3);
      for (const [index, announced] of [true, false].entries()) {
        const start = await startUpload(http, "a");
        const headers = announced ? { "content-length": String(bytes.length) } : {};
        const open = http.open("PATCH", start, headers);
        await open.write(bytes.subarray(0, longBytes * 2 + 7));
        open.breakOff();
        await clientsGone(c, index + 1);
        const { location, headers: kept } = await http.request("GET", start);
        const offset = Number(kept.range?.slice(2)) + 1;
        assert.ok(offset > 1 && offset <= longBytes * 2 + 7);
        const rest = await http.request("PATCH", location, { body: bytes.subarray(offset) });
        const next = assertSession(rest, 202, bytes.length);
        assertCreated(await http.request("PUT", withDigest(next, digestOf(bytes))), digestOf(bytes));
        await assertBlob(http, bytes);
        await http.request("DELETE", `/v2/a/blobs/${digestOf(bytes)}`);
      }
    });

    cases.case("a chunk of another replica's upload, and the end at a third", async ({ http, replica, longBytes }) => {
      const bytes = bytesOf(longBytes * 3);
      const [second, third] = [await replica(), await replica()];
      let location = await startUpload(http, "a");
      let offset = 0;
      for (const client of [http, second.http, third.http, http, second.http]) {
        const chunk = bytes.subarray(offset, offset + Math.ceil(longBytes / 2) + 1);
        offset += chunk.length;
        location = assertSession(await client.request("PATCH", location, { body: chunk }), 202, offset);
        assertSession(await third.http.request("GET", location), 204, offset);
      }
      const answer = await third.http.request("PUT", withDigest(location, digestOf(bytes)), {
        body: bytes.subarray(offset),
      });
      assertCreated(answer, digestOf(bytes));
      await assertBlob(http, bytes);
    });
  },
};

export const endedUploads: Chapter = {
  ids: ["end-6"],
  title: "ending uploads",
  define(cases) {
    for (const algorithm of ["sha256", "sha512"] as const) {
      cases.case(`the whole blob with the PUT: ${algorithm}`, async ({ http, longBytes }) => {
        for (const bytes of [Buffer.alloc(0), bytesOf(1), bytesOf(longBytes)]) {
          const digest = digestOf(bytes, algorithm);
          for (const body of [bytes, [bytes.subarray(0, 9), bytes.subarray(9)]]) {
            const start = await startUpload(http, "a");
            assertCreated(await http.request("PUT", withDigest(start, digest), { body }), digest);
            await assertBlob(http, bytes, digest);
          }
        }
      });

      cases.case(`an algorithm that nobody announced: ${algorithm}`, async ({ http, replica, longBytes }) => {
        const other = algorithm === "sha256" ? "sha512" : "sha256";
        for (const bytes of [bytesOf(10), bytesOf(longBytes)]) {
          const posted = await http.request("POST", `${UPLOADS}?digest-algorithm=${other}`);
          const patched = await http.request("PATCH", posted.location, { body: bytes });
          const digest = digestOf(bytes, algorithm);
          const { http: elsewhere } = await replica();
          assertCreated(await elsewhere.request("PUT", withDigest(patched.location, digest)), digest);
          await assertBlob(http, bytes, digest);
        }
      });
    }

    cases.case("a large blob that another repository holds already", async ({ http, longBytes }) => {
      const bytes = bytesOf(longBytes);
      await pushBlob(http, "b", bytes);
      const start = await startUpload(http, "a");
      assertCreated(await http.request("PUT", withDigest(start, digestOf(bytes)), { body: bytes }), digestOf(bytes));
      await http.request("DELETE", `/v2/a/blobs/${digestOf(bytes)}`);
      const { location } = await http.request("PATCH", await startUpload(http, "a"), { body: bytes });
      assertCreated(await http.request("PUT", withDigest(location, digestOf(bytes))), digestOf(bytes));
      await assertBlob(http, bytes);
    });

    cases.case(
      "only who has the bytes gets the blob, though another repository holds it",
      async ({ http, longBytes }) => {
        for (const bytes of [bytesOf(10), bytesOf(longBytes)]) {
          const digest = await pushBlob(http, "b", bytes);
          const body = Buffer.alloc(bytes.length, 1);
          const atOnce = await http.request("PUT", withDigest(await startUpload(http, "a"), digest), { body });
          assertError(atOnce, 400, "DIGEST_INVALID");
          const { location } = await http.request("PATCH", await startUpload(http, "a"), { body });
          assertError(await http.request("PUT", withDigest(location, digest)), 400, "DIGEST_INVALID");
          await assertNoBlob(http, digest);
          assert.ok((await http.request("GET", `/v2/b/blobs/${digest}`)).body.equals(bytes));
        }
      },
    );

    cases.case(
      "another digest: 400, and the upload can still be ended with its own",
      async ({ http, replica, longBytes }) => {
        const wrong = digestOf(Buffer.from("something else"));
        for (const bytes of [bytesOf(10), bytesOf(longBytes)]) {
          for (const elsewhere of [http, (await replica()).http]) {
            const digest = digestOf(bytes);
            const { location } = await http.request("PATCH", await startUpload(http, "a"), { body: bytes });
            assertError(await elsewhere.request("PUT", withDigest(location, wrong)), 400, "DIGEST_INVALID");
            await assertNoBlob(http, digest);
            assertSession(await elsewhere.request("GET", location), 204, bytes.length);
            assertCreated(await elsewhere.request("PUT", withDigest(location, digest)), digest);
            await assertBlob(http, bytes);
            await http.request("DELETE", `/v2/a/blobs/${digest}`);
          }
        }
      },
    );

    cases.case("another digest with the whole blob: the session is still where it was", async ({ http, longBytes }) => {
      const bytes = bytesOf(longBytes);
      const start = await startUpload(http, "a");
      const wrong = digestOf(Buffer.from("something else"));
      assertError(await http.request("PUT", withDigest(start, wrong), { body: bytes }), 400, "DIGEST_INVALID");
      assertSession(await http.request("GET", start), 204, 0);
      assertCreated(await http.request("PUT", withDigest(start, digestOf(bytes)), { body: bytes }), digestOf(bytes));
    });

    cases.case("without a digest, or with one that is none", async ({ http }) => {
      const { location } = await http.request("PATCH", await startUpload(http, "a"), { body: bytesOf(10) });
      assertError(await http.request("PUT", location), 400, "DIGEST_INVALID");
      for (const text of ["", "x", "sha256:0", `md5:${"0".repeat(32)}`]) {
        assertError(await http.request("PUT", withDigest(location, text)), 400, "DIGEST_INVALID");
      }
      assertCreated(await http.request("PUT", withDigest(location, digestOf(bytesOf(10)))), digestOf(bytesOf(10)));
    });

    cases.case("nothing of it is left, and it is known no more", async ({ http, driver, registry, longBytes }) => {
      for (const bytes of [bytesOf(10), bytesOf(longBytes)]) {
        const start = await startUpload(http, "a");
        const { location } = await http.request("PATCH", start, { body: bytes });
        const next = (await http.request("PATCH", location, { body: bytesOf(5) })).location;
        const digest = digestOf(Buffer.concat([bytes, bytesOf(5)]));
        assertCreated(await http.request("PUT", withDigest(next, digest)), digest);
        await registry.settled();
        assert.deepEqual(await keysUnder(driver, "moorage/uploads/"), []);
        assertError(await http.request("GET", next), 404, "BLOB_UPLOAD_UNKNOWN");
        assertError(await http.request("PATCH", next, { body: "x" }), 404, "BLOB_UPLOAD_UNKNOWN");
        assertError(await http.request("DELETE", next), 404, "BLOB_UPLOAD_UNKNOWN");
      }
    });

    const counted = recording();
    cases.case(
      "a small blob in POST and PUT costs its bytes and a link",
      async ({ http }) => {
        counted.recorded().forget();
        const start = await startUpload(http, "a");
        const digest = digestOf(bytesOf(10));
        assertCreated(await http.request("PUT", withDigest(start, digest), { body: bytesOf(10) }), digest);
        assert.deepEqual(
          counted.recorded().calls.map(({ operation }) => operation),
          ["put", "put"],
        );
      },
      counted,
    );

    cases.case("a client that goes away in the middle leaves nothing", async (c) => {
      const { http, driver, longBytes } = c;
      const bytes = bytesOf(longBytes * 2);
      const path = withDigest(await startUpload(http, "a"), digestOf(bytes));
      const open = http.open("PUT", path, { "content-length": String(bytes.length) });
      await open.write(bytes.subarray(0, longBytes + 1));
      open.breakOff();
      await clientsGone(c, 1);
      await assertNoBlob(http, digestOf(bytes));
      assert.deepEqual(await keysUnder(driver, "docker/"), []);
    });
  },
};

export const knownUploads: Chapter = {
  ids: ["end-13, end-14"],
  title: "status and cancel",
  define(cases) {
    cases.case("the status of every step, HEAD and GET alike", async ({ http, longBytes }) => {
      const start = await startUpload(http, "a");
      const steps: [string, number][] = [[start, 0]];
      for (const length of [1, longBytes, 3]) {
        const [location, offset] = steps.at(-1) ?? assert.fail();
        const patched = await http.request("PATCH", location, { body: bytesOf(length) });
        steps.push([assertSession(patched, 202, offset + length), offset + length]);
        // Whatever state a client still has, it learns how far the upload is.
        for (const [known] of steps) {
          for (const method of ["GET", "HEAD"]) assertSession(await http.request(method, known), 204, offset + length);
        }
      }
    });

    cases.case("the Location of a status goes on", async ({ http }) => {
      const start = await startUpload(http, "a");
      await http.request("PATCH", start, { body: bytesOf(10) });
      const { location } = await http.request("GET", start);
      const digest = digestOf(bytesOf(10));
      assertCreated(await http.request("PUT", withDigest(location, digest)), digest);
    });

    cases.case(
      "a cancelled upload is gone, with all that belongs to it",
      async ({ http, driver, registry, longBytes }) => {
        for (const lengths of [[], [10], [longBytes], [longBytes, 10, longBytes]]) {
          const start = await startUpload(http, "a");
          let location = start;
          for (const length of lengths)
            location = (await http.request("PATCH", location, { body: bytesOf(length) })).location;
          const answer = await http.request("DELETE", location);
          assert.equal(answer.status, 204);
          assert.equal(answer.body.length, 0);
          for (const known of new Set([start, location])) {
            assertError(await http.request("GET", known), 404, "BLOB_UPLOAD_UNKNOWN");
            assertError(await http.request("DELETE", known), 404, "BLOB_UPLOAD_UNKNOWN");
            assertError(await http.request("PATCH", known, { body: bytesOf(10) }), 404, "BLOB_UPLOAD_UNKNOWN");
            assertError(await http.request("PATCH", known, { body: bytesOf(longBytes) }), 404, "BLOB_UPLOAD_UNKNOWN");
            if (known === start) continue;
            const ended = await http.request("PUT", withDigest(known, digestOf(bytesOf(longBytes))));
            assertError(ended, 404, "BLOB_UPLOAD_UNKNOWN");
          }
        }
        await registry.settled();
        for await (const entry of driver.list("moorage/uploads/")) {
          assert.ok(entry.kind === "object" && entry.size < 1000, "only small gravestones");
        }
        assert.deepEqual(await keysUnder(driver, "docker/"), []);
      },
    );

    cases.case("a state from before the cancel does not bring it back: the whole blob with the PUT", async (c) => {
      const bytes = bytesOf(c.longBytes);
      const start = await startUpload(c.http, "a");
      assert.equal((await c.http.request("DELETE", start)).status, 204);
      const path = withDigest(start, digestOf(bytes));
      // The whole blob in one request needs no session, and is not worth a look at one.
      const answer = await c.http.request("PUT", path, { body: bytes });
      if (answer.status !== 201) assertError(answer, 404, "BLOB_UPLOAD_UNKNOWN");
      assertError(await c.http.request("GET", start), 404, "BLOB_UPLOAD_UNKNOWN");
      await c.registry.settled();
      assertError(await c.http.request("PATCH", start, { body: bytes }), 404, "BLOB_UPLOAD_UNKNOWN");
    });

    cases.case("by another replica", async ({ http, replica, longBytes }) => {
      const { location } = await http.request("PATCH", await startUpload(http, "a"), { body: bytesOf(longBytes) });
      const other = await replica();
      assert.equal((await other.http.request("DELETE", location)).status, 204);
      assertError(await http.request("PATCH", location, { body: "x" }), 404, "BLOB_UPLOAD_UNKNOWN");
    });
  },
};
