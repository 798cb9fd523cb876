/** A store, or a proxy before it, that says what is not so: another length, another body, a link that is none. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { s3Parameters } from "../../../drivers/s3/config.ts";
import { openS3Driver } from "../../../drivers/s3/driver.ts";
import { s3Settings } from "../../../drivers/s3/settings.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { parseRepositoryName, type Tag } from "../../../src/oci/names.ts";
import { blobKey, currentTagKey, layerLinkKey, revisionLinkKey } from "../../../src/registry/keys.ts";
import { bytesOf } from "../../support/bytes.ts";
import { type Meddling, startMeddler } from "../../support/meddler.ts";
import { pushBlob, pushImage, startUpload, withDigest } from "../../support/registry-content.ts";
import { assertError } from "../../support/registry-http.ts";
import { openWorld } from "../../support/registry-world.ts";
import { s3ParametersOf } from "../../support/s3.ts";
import { Bucket } from "../../support/s3-double/bucket.ts";
import { AWS } from "../../support/s3-double/profiles.ts";
import { startS3Double } from "../../support/s3-double/server.ts";

/** A store behind a proxy, and a registry that remembers nothing of it. */
async function open(t: TestContext) {
  const double = await startS3Double({ ...AWS, minPartSize: 100 });
  double.buckets.set("data", new Bucket());
  const meddler = await startMeddler(double.endpoint);
  const settings = s3Settings(s3Parameters.parse(s3ParametersOf({ ...double, endpoint: meddler.url }, "data")));
  const driver = await openS3Driver({ ...settings, minPartSize: 100 }, { warn: () => {} });
  t.after(async () => {
    await driver.close();
    await meddler.stop();
    await double.close();
  });
  const restart = async () => {
    const world = await openWorld(driver, { registry: { partSize: 1000, redirects: false } });
    t.after(() => world.close());
    return world.http;
  };
  /** Of the objects' bodies, those under keys like this. */
  const onGet = (keys: RegExp, meddling: Meddling) =>
    meddler.meddle(({ method, url }) => (method === "GET" && keys.test(url ?? "") ? meddling : undefined));
  return { driver, meddler, onGet, restart };
}

const DATA = /\/blobs\/sha256\//;

const LIES: readonly (readonly [title: string, lie: Meddling, status: 500 | 503, code: string])[] = [
  ["shorter", { kind: "rewrite", to: (body) => body.slice(0, -20) }, 500, "UNKNOWN"],
  ["empty", { kind: "rewrite", to: () => "" }, 500, "UNKNOWN"],
  ["longer", { kind: "rewrite", to: (body) => `${body} ` }, 500, "UNKNOWN"],
  ["another", { kind: "rewrite", to: (body) => body.replace("schemaVersion", "schemaversion") }, 500, "UNKNOWN"],
  ["shorter than it was announced", { kind: "rewrite", to: (body) => body, announced: 10 }, 503, "UNAVAILABLE"],
  ["longer than it was announced", { kind: "rewrite", to: (body) => body, announced: -10 }, 500, "UNKNOWN"],
];

for (const [title, lie, status, code] of LIES) {
  test(`a manifest that is ${title} in the store's answer reaches nobody`, async (t) => {
    const { onGet, meddler, restart } = await open(t);
    const { digest, bytes } = await pushImage(await restart(), "a", "latest");
    const http = await restart();
    for (const reference of ["latest", digest]) {
      onGet(DATA, lie);
      assertError(await http.request("GET", `/v2/a/manifests/${reference}`), status, code);
      assert.equal((await http.request("HEAD", `/v2/a/manifests/${reference}`)).status, status);
      assert.equal((await http.request("DELETE", `/v2/a/manifests/${digest}`)).status, status);
      meddler.meddle(undefined);
    }
    assert.ok((await http.request("GET", "/v2/a/manifests/latest")).body.equals(bytes), "a lie was remembered");
  });
}

test("a blob that is shorter than it was announced looks broken to the client", async (t) => {
  const { onGet, restart } = await open(t);
  const http = await restart();
  const digest = await pushBlob(http, "a", bytesOf(500));
  onGet(DATA, { kind: "cut", after: 100 });
  await assert.rejects(http.request("GET", `/v2/a/blobs/${digest}`), { code: "ECONNRESET" });
});

test("a link that holds no digest is trouble, and no absence", async (t) => {
  const { driver, restart } = await open(t);
  const { digest } = await pushImage(await restart(), "a", "latest");
  const blob = await pushBlob(await restart(), "a", bytesOf(500));
  const repository = parseRepositoryName("a");
  const paths = [
    [currentTagKey(repository, "latest" as Tag), "/v2/a/manifests/latest"],
    [revisionLinkKey(repository, digest), `/v2/a/manifests/${digest}`],
    [layerLinkKey(repository, blob), `/v2/a/blobs/${blob}`],
  ] as const;
  for (const [key, path] of paths) {
    const link = await (await driver.get(key)).bytes();
    for (const garbage of ["", "<html>Welcome</html>", link.subarray(0, 40), `${link}0`, "x".repeat(100_000)]) {
      await driver.put(key, Buffer.from(garbage));
      const http = await restart();
      assertError(await http.request("GET", path), 500, "UNKNOWN");
      assert.equal((await http.request("HEAD", path)).status, 500);
      assert.equal((await http.request("DELETE", path)).status, 500);
    }
    await driver.put(key, link);
    assert.equal((await (await restart()).request("GET", path)).status, 200);
  }
});

test("a blob that lost its end in the store is stored anew by the next push, however that goes", async (t) => {
  const { driver, restart } = await open(t);
  const bytes = bytesOf(5000);
  const digest = digestOf(bytes);
  const http = await restart();
  const ways = [
    async () => http.request("PUT", withDigest(await startUpload(http, "a"), digest), { body: bytes }),
    async () => {
      const { location } = await http.request("PATCH", await startUpload(http, "a"), { body: bytes });
      return await http.request("PUT", withDigest(location, digest));
    },
  ];
  for (const push of ways) {
    await driver.put(blobKey(digest), bytes.subarray(0, 4000));
    assert.equal((await push()).status, 201);
    assert.ok((await http.request("GET", `/v2/a/blobs/${digest}`)).body.equals(bytes));
  }
});

test("a copy that is shorter than what was staged is no blob", async (t) => {
  const { meddler, restart } = await open(t);
  const bytes = bytesOf(5000);
  const http = await restart();
  const { location } = await http.request("PATCH", await startUpload(http, "a"), { body: bytes });
  // The store is asked for the size of what it is to copy.
  meddler.meddle(({ method, url }) =>
    method === "HEAD" && /uploads/.test(url ?? "")
      ? { kind: "answer", status: 200, headers: { "last-modified": new Date().toUTCString(), etag: '"x"' } }
      : undefined,
  );
  assertError(await http.request("PUT", withDigest(location, digestOf(bytes))), 500, "UNKNOWN");
  meddler.meddle(undefined);
  assert.equal((await http.request("HEAD", `/v2/a/blobs/${digestOf(bytes)}`)).status, 404);
  assert.equal((await http.request("PUT", withDigest(location, digestOf(bytes)))).status, 201);
  assert.ok((await http.request("GET", `/v2/a/blobs/${digestOf(bytes)}`)).body.equals(bytes));
});
