/** Blobs from stores that can sign URLs. */
import assert from "node:assert/strict";
import type { Presigner, StorageDriver } from "../../../drivers/contract.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { bytesOf } from "../../support/bytes.ts";
import { pushBlob, pushImage } from "../../support/registry-content.ts";
import { assertError } from "../../support/registry-http.ts";
import { createManualRuntime } from "../../support/registry-runtime.ts";
import type { CaseOptions, Chapter } from "./harness.ts";

/** URLs that nobody serves, each different from the last, and valid as long as was asked for, or `mostSeconds`. */
function signing(mostSeconds = Number.POSITIVE_INFINITY): CaseOptions & { readonly signed: () => number } {
  const runtime = createManualRuntime();
  let signed = 0;
  const presign: Presigner = {
    async presignGet(key, { expiresInSeconds }) {
      const seconds = Math.min(expiresInSeconds, mostSeconds);
      const url = new URL(`https://bucket.test/${key}?signature=${++signed}`);
      return { url, expiresAt: new Date(runtime.now() + seconds * 1000) };
    },
  };
  const wrap = (driver: StorageDriver): StorageDriver => ({ ...driver, presign });
  return { runtime, wrap, registry: { redirects: true }, signed: () => signed };
}

export const redirects: Chapter = {
  ids: ["end-2"],
  title: "redirects to the bucket",
  define(cases) {
    const plain = signing();
    cases.case(
      "GET is sent to the bucket, HEAD is answered here",
      async ({ http }) => {
        const bytes = bytesOf(10);
        const digest = await pushBlob(http, "a", bytes);
        const path = `/v2/a/blobs/${digest}`;
        for (const headers of [{}, { range: "bytes=0-3" }]) {
          const answer = await http.request("GET", path, { headers });
          assert.equal(answer.status, 307);
          assert.equal(answer.body.length, 0);
          const url = new URL(answer.header("location"));
          const hex = digest.slice(7);
          assert.equal(url.host, "bucket.test");
          assert.equal(url.pathname, `/docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`);
          assert.equal(answer.header("docker-content-digest"), digest);
        }
        const head = await http.request("HEAD", path);
        assert.equal(head.status, 200);
        assert.equal(head.header("content-length"), "10");
        const cached = await http.request("GET", path, { headers: { "if-none-match": `"${digest}"` } });
        assert.equal(cached.status, 304);
      },
      plain,
    );

    cases.case(
      "a range that counts from the end is served from here: not every store knows such",
      async ({ http }) => {
        const bytes = bytesOf(10);
        const path = `/v2/a/blobs/${await pushBlob(http, "a", bytes)}`;
        const answer = await http.request("GET", path, { headers: { range: "bytes=-3" } });
        assert.equal(answer.status, 206);
        assert.equal(answer.header("content-range"), "bytes 7-9/10");
        assert.ok(answer.body.equals(bytes.subarray(7)));
      },
      signing(),
    );

    cases.when(
      "presign",
      "the store's own URL has the bytes, whole and by range",
      async ({ http }) => {
        const bytes = bytesOf(1000);
        const redirected = await http.request("GET", `/v2/a/blobs/${await pushBlob(http, "a", bytes)}`);
        assert.equal(redirected.status, 307);
        const url = redirected.header("location");
        assert.ok(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(bytes));
        const part = await fetch(url, { headers: { range: "bytes=10-19" } });
        assert.equal(part.status, 206);
        assert.ok(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(10, 20)));
      },
      { registry: { redirects: true } },
    );

    cases.case(
      "nobody is sent to what their repository does not hold",
      async ({ http }) => {
        const digest = await pushBlob(http, "a", bytesOf(10));
        assertError(await http.request("GET", `/v2/b/blobs/${digest}`), 404, "BLOB_UNKNOWN");
        assertError(await http.request("GET", `/v2/a/blobs/${digestOf(bytesOf(11))}`), 404, "BLOB_UNKNOWN");
        await http.request("DELETE", `/v2/a/blobs/${digest}`);
        assertError(await http.request("GET", `/v2/a/blobs/${digest}`), 404, "BLOB_UNKNOWN");
      },
      signing(),
    );

    cases.case(
      "manifests come from here",
      async ({ http }) => {
        const { bytes } = await pushImage(http, "a", "latest");
        assert.ok((await http.request("GET", "/v2/a/manifests/latest")).body.equals(bytes));
      },
      signing(),
    );

    const shared = signing();
    cases.case(
      "a URL is handed out again while it has half of its life left",
      async ({ http, runtime }) => {
        const digest = await pushBlob(http, "a", bytesOf(10));
        const ask = async () => (await http.request("GET", `/v2/a/blobs/${digest}`)).header("location");
        const first = await ask();
        await runtime.advance(9 * 60_000);
        assert.equal(await ask(), first);
        await runtime.advance(2 * 60_000);
        const second = await ask();
        assert.notEqual(second, first);
        assert.equal(await ask(), second);
        assert.equal(shared.signed(), 2);
      },
      shared,
    );

    const short = signing(60);
    cases.case(
      "one that will not live long is handed out once",
      async ({ http }) => {
        const digest = await pushBlob(http, "a", bytesOf(10));
        for (let n = 1; n <= 3; n++) {
          assert.equal((await http.request("GET", `/v2/a/blobs/${digest}`)).status, 307);
          assert.equal(short.signed(), n);
        }
      },
      short,
    );

    cases.case(
      "switched off",
      async ({ http }) => {
        const bytes = bytesOf(10);
        const digest = await pushBlob(http, "a", bytes);
        assert.ok((await http.request("GET", `/v2/a/blobs/${digest}`)).body.equals(bytes));
      },
      { ...signing(), registry: { redirects: false } },
    );

    for (const [except, trustedProxies, headers, status] of [
      [["127.0.0.0/8"], [], {}, 200],
      [["127.0.0.1"], [], {}, 200],
      [["10.0.0.0/8", "::1"], [], {}, 307],
      [["10.0.0.0/8"], [], { "x-forwarded-for": "10.1.2.3" }, 307],
      [["10.0.0.0/8"], ["loopback"], { "x-forwarded-for": "10.1.2.3" }, 200],
      [["10.0.0.0/8"], ["loopback"], { "x-forwarded-for": "nonsense" }, 307],
      [["2001:db8::/32"], ["loopback"], { "x-forwarded-for": "2001:db8::7" }, 200],
    ] as const) {
      cases.case(
        `clients in ${except} are served from here: ${JSON.stringify(headers)} gets ${status}`,
        async ({ http }) => {
          const digest = await pushBlob(http, "a", bytesOf(10));
          assert.equal((await http.request("GET", `/v2/a/blobs/${digest}`, { headers })).status, status);
        },
        { ...signing(), app: { redirectExcept: except, trustedProxies } },
      );
    }
  },
};
