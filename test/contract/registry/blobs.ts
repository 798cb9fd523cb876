import assert from "node:assert/strict";
import { digestOf } from "../../../src/oci/digest.ts";
import { bytesOf } from "../../support/bytes.ts";
import { pushBlob } from "../../support/registry-content.ts";
import { assertError, assertHeadEqualsGet } from "../../support/registry-http.ts";
import type { Chapter } from "./harness.ts";

export const blobs: Chapter = {
  ids: ["end-2"],
  title: "pulling blobs",
  define(cases) {
    for (const algorithm of ["sha256", "sha512"] as const) {
      cases.case(`the bytes, their length and their digest, HEAD and GET alike: ${algorithm}`, async (c) => {
        const { http, longBytes } = c;
        for (const bytes of [bytesOf(longBytes), bytesOf(10), Buffer.alloc(0)]) {
          const digest = await pushBlob(http, "a/b", bytes, algorithm);
          const answer = await assertHeadEqualsGet(http, `/v2/a/b/blobs/${digest}`);
          assert.equal(answer.status, 200);
          assert.ok(answer.body.equals(bytes));
          assert.equal(answer.header("content-length"), String(bytes.length));
          assert.equal(answer.header("content-type"), "application/octet-stream");
          assert.equal(answer.header("docker-content-digest"), digest);
          assert.equal(answer.header("accept-ranges"), "bytes");
        }
      });
    }

    cases.case("a blob belongs to its repository", async ({ http }) => {
      const digest = await pushBlob(http, "mine", bytesOf(10));
      for (const repository of ["other", "min", "mine/deeper"]) {
        const answer = await http.request("GET", `/v2/${repository}/blobs/${digest}`);
        assertError(answer, 404, "BLOB_UNKNOWN");
        assert.deepEqual(answer.errors()[0]?.detail, { digest });
        assert.equal((await http.request("HEAD", `/v2/${repository}/blobs/${digest}`)).status, 404);
      }
    });

    cases.case("a link without its bytes links nothing", async ({ http, driver }) => {
      const digest = await pushBlob(http, "a", bytesOf(10));
      await driver.delete(`docker/registry/v2/blobs/sha256/${digest.slice(7, 9)}/${digest.slice(7)}/data`);
      for (const method of ["GET", "HEAD"]) {
        assert.equal((await http.request(method, `/v2/a/blobs/${digest}`)).status, 404);
      }
    });

    cases.case(
      "sha512 content that distribution stored under its sha256 digest is served",
      async ({ http, driver }) => {
        const bytes = bytesOf(100);
        const [canonical, digest] = [digestOf(bytes), digestOf(bytes, "sha512")];
        const hex = canonical.slice(7);
        await driver.put(`docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`, bytes);
        const link = `docker/registry/v2/repositories/a/_layers/sha512/${digest.slice(7)}/link`;
        await driver.put(link, Buffer.from(canonical));
        const answer = await assertHeadEqualsGet(http, `/v2/a/blobs/${digest}`);
        assert.ok(answer.body.equals(bytes));
        assert.equal(answer.header("docker-content-digest"), digest);
      },
    );

    cases.case("If-None-Match", async ({ http }) => {
      const digest = await pushBlob(http, "a", bytesOf(10));
      const path = `/v2/a/blobs/${digest}`;
      for (const tag of [`"${digest}"`, digest, `W/"${digest}"`, "*", `"x", "${digest}"`]) {
        const answer = await assertHeadEqualsGet(http, path, { headers: { "if-none-match": tag } });
        assert.equal(answer.status, 304, tag);
        assert.equal(answer.body.length, 0);
        assert.equal(answer.header("etag"), `"${digest}"`);
        assert.equal(answer.header("docker-content-digest"), digest);
      }
      for (const tag of ['"x"', "", `"${digest}x"`]) {
        assert.equal((await http.request("GET", path, { headers: { "if-none-match": tag } })).status, 200, tag);
      }
      const missing = `/v2/a/blobs/${digestOf(bytesOf(11))}`;
      assertError(await http.request("GET", missing, { headers: { "if-none-match": "*" } }), 404, "BLOB_UNKNOWN");
    });
  },
};

/** Of a blob of 100 bytes: what is served, or "all", or "none". */
const RANGES: readonly (readonly [header: string, served: readonly [number, number] | "all" | "none"])[] = [
  ["bytes=0-0", [0, 0]],
  ["bytes=0-99", [0, 99]],
  ["bytes=0-", [0, 99]],
  ["bytes=5-9", [5, 9]],
  ["Bytes=5-9", [5, 9]],
  ["bytes=99-", [99, 99]],
  ["bytes=99-99", [99, 99]],
  ["bytes=50-1000", [50, 99]],
  ["bytes=50-9007199254740993", [50, 99]],
  ["bytes=50-99999999999999999999", "all"],
  ["bytes=-1", [99, 99]],
  ["bytes=-100", [0, 99]],
  ["bytes=-1000", [0, 99]],
  ["bytes=-9999999999999999", [0, 99]],
  ["bytes=-0", "none"],
  ["bytes=100-", "none"],
  ["bytes=100-200", "none"],
  ["bytes=9999999999999999-", "none"],
  ["bytes=9-5", "none"],
  ["bytes=0-0,5-9", "all"],
  ["bytes=0-0, -1", "all"],
  ["bytes=", "all"],
  ["bytes=-", "all"],
  ["bytes=a-b", "all"],
  ["bytes=1.5-2", "all"],
  ["bytes=+1-2", "all"],
  ["bytes 0-5", "all"],
  ["items=0-5", "all"],
  ["", "all"],
];

export const ranges: Chapter = {
  ids: ["end-2"],
  title: "byte ranges",
  define(cases) {
    cases.case("the table of Range headers", async ({ http }) => {
      const bytes = bytesOf(100);
      const digest = await pushBlob(http, "a", bytes);
      for (const [range, served] of RANGES) {
        const answer = await http.request("GET", `/v2/a/blobs/${digest}`, { headers: { range } });
        if (served === "none") {
          assertError(answer, 416, "RANGE_INVALID");
          assert.equal(answer.header("content-range"), "bytes */100");
          continue;
        }
        const [start, end] = served === "all" ? [0, 99] : served;
        assert.equal(answer.status, served === "all" ? 200 : 206, range);
        assert.ok(answer.body.equals(bytes.subarray(start, end + 1)), range);
        assert.equal(answer.header("content-length"), String(end - start + 1));
        assert.equal(answer.headers["content-range"], served === "all" ? undefined : `bytes ${start}-${end}/100`);
        assert.equal(answer.header("docker-content-digest"), digest);
      }
    });

    cases.case("a large blob can be fetched piece by piece", async ({ http, longBytes }) => {
      const bytes = bytesOf(longBytes);
      const digest = await pushBlob(http, "a", bytes);
      const step = Math.ceil(longBytes / 7);
      const pieces: Buffer[] = [];
      for (let start = 0; start < longBytes; start += step) {
        const headers = { range: `bytes=${start}-${start + step - 1}` };
        pieces.push((await http.request("GET", `/v2/a/blobs/${digest}`, { headers })).body);
      }
      assert.ok(Buffer.concat(pieces).equals(bytes));
    });

    cases.case("of an empty blob there is no range", async ({ http }) => {
      const digest = await pushBlob(http, "a", Buffer.alloc(0));
      for (const range of ["bytes=0-", "bytes=0-0", "bytes=-1"]) {
        const answer = await http.request("GET", `/v2/a/blobs/${digest}`, { headers: { range } });
        assertError(answer, 416, "RANGE_INVALID");
        assert.equal(answer.header("content-range"), "bytes */0");
      }
    });

    cases.case("a range of a blob that is not there is 404", async ({ http }) => {
      const path = `/v2/a/blobs/${digestOf(bytesOf(11))}`;
      for (const range of ["bytes=0-", "bytes=-5"]) {
        assertError(await http.request("GET", path, { headers: { range } }), 404, "BLOB_UNKNOWN");
      }
    });

    cases.case("If-Range serves the range only of these very bytes", async ({ http }) => {
      const digest = await pushBlob(http, "a", bytesOf(100));
      const ask = async (condition: string) => {
        const headers = { range: "bytes=5-9", "if-range": condition };
        return (await http.request("GET", `/v2/a/blobs/${digest}`, { headers })).status;
      };
      assert.equal(await ask(`"${digest}"`), 206);
      for (const other of ['"x"', `W/"${digest}"`, "Wed, 21 Oct 2015 07:28:00 GMT", "*"]) {
        assert.equal(await ask(other), 200, other);
      }
    });

    cases.case("HEAD takes no notice of a range", async ({ http }) => {
      const digest = await pushBlob(http, "a", bytesOf(100));
      const answer = await http.request("HEAD", `/v2/a/blobs/${digest}`, { headers: { range: "bytes=5-9" } });
      assert.equal(answer.status, 200);
      assert.equal(answer.header("content-length"), "100");
    });
  },
};
