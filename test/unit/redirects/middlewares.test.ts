/** The storage middlewares: where clients are sent instead of the store. */
import assert from "node:assert/strict";
import { createVerify, generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { DriverContext, StorageDriver } from "../../../drivers/contract.ts";
import { createMemoryDriver } from "../../../drivers/memory/driver.ts";
import { type StorageMiddleware, withStorageMiddlewares } from "../../../drivers/redirects/apply.ts";
import { temporaryDirectory } from "../../support/temp.ts";

const KEY = "docker/registry/v2/blobs/sha256/ab/abc/data";
const request = { expiresInSeconds: 60 };

const signing: StorageDriver = {
  ...createMemoryDriver(),
  presign: {
    presignGet: async (key) => ({
      url: new URL(`https://bucket.test/base/${key}?signature=s`),
      expiresAt: new Date("2100-01-01"),
    }),
  },
};

function wrap(driver: StorageDriver, middlewares: readonly StorageMiddleware[], warnings: string[] = []) {
  const context: DriverContext = { warn: (message) => void warnings.push(message) };
  return withStorageMiddlewares(driver, middlewares, "/root/", context);
}

async function urlOf(driver: StorageDriver, clientClass?: string): Promise<URL> {
  const presigned = await driver.presign?.presignGet(KEY, { ...request, clientClass });
  assert.ok(presigned && presigned.expiresAt.getTime() > Date.now());
  return presigned.url;
}

test("redirect sends clients to a server of its own, also from a store that cannot sign", async () => {
  const options = { baseurl: "https://cdn.test/registry/" };
  const driver = await wrap(createMemoryDriver(), [{ name: "redirect", options }]);
  assert.equal((await urlOf(driver)).href, `https://cdn.test/registry/${KEY}`);
});

test("rewrite changes the store's own URLs, and keeps their signature", async () => {
  const options = { scheme: "http", host: "proxy.test:8080", trimpathprefix: "/base" };
  const driver = await wrap(signing, [{ name: "rewrite", options }]);
  assert.equal((await urlOf(driver)).href, `http://proxy.test:8080/${KEY}?signature=s`);
});

test("rewrite of nothing is said once, and changes nothing", async () => {
  const warnings: string[] = [];
  const driver = await wrap(createMemoryDriver(), [{ name: "rewrite", options: { host: "h.test" } }], warnings);
  assert.equal(driver.presign, undefined);
  assert.match(warnings.join(), /rewrite middleware does nothing/);
});

async function keyFile(t: TestContext) {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const directory = await temporaryDirectory();
  t.after(() => directory.remove());
  const path = join(directory.path, "key.pem");
  await writeFile(path, privateKey.export({ type: "pkcs1", format: "pem" }));
  return { path, publicKey };
}

/** CloudFront's base64, in which "+", "=" and "/" do not stand for themselves. */
const decode = (text: string) =>
  Buffer.from(text.replaceAll("-", "+").replaceAll("_", "=").replaceAll("~", "/"), "base64");

test("cloudfront signs so that CloudFront can check it", async (t) => {
  const { path, publicKey } = await keyFile(t);
  const options = { baseurl: "https://d1.cloudfront.test", privatekey: path, keypairid: "K1", duration: 60_000 };
  const driver = await wrap(signing, [{ name: "cloudfront", options }]);
  const url = await urlOf(driver);
  assert.equal(url.origin + url.pathname, `https://d1.cloudfront.test/root/${KEY}`);
  assert.equal(url.searchParams.get("Key-Pair-Id"), "K1");
  const expires = Number(url.searchParams.get("Expires"));
  assert.ok(Math.abs(expires - Date.now() / 1000 - 60) < 5);
  const condition = { DateLessThan: { "AWS:EpochTime": expires } };
  const policy = JSON.stringify({ Statement: [{ Resource: url.origin + url.pathname, Condition: condition }] });
  const signature = decode(url.searchParams.get("Signature") ?? "");
  assert.ok(createVerify("RSA-SHA1").update(policy).verify(publicKey, signature));
});

test("cloudfront leaves clients in AWS to the store, if it is told to", async (t) => {
  const { path } = await keyFile(t);
  let asked = 0;
  const server = createServer((_, response) => {
    asked++;
    response.end(
      JSON.stringify({
        prefixes: [
          { ip_prefix: "198.51.100.0/24", region: "eu-central-1" },
          { ip_prefix: "203.0.113.0/24", region: "us-east-1" },
        ],
        ipv6_prefixes: [{ ipv6_prefix: "2001:db8::/32", region: "eu-central-1" }],
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const iprangesurl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const options = {
    ...{ baseurl: "https://d1.cloudfront.test", privatekey: path, keypairid: "K1", iprangesurl },
    ...{ ipfilteredby: "awsregion", awsregion: "eu-central-1, eu-west-1" },
  };
  const driver = await wrap(signing, [{ name: "cloudfront", options }]);
  t.after(() => driver.close());
  const classOf = (address: string) => driver.presign?.classOf?.(address);
  while (asked === 0 || classOf("198.51.100.7") === "") await new Promise(setImmediate);
  assert.equal((await urlOf(driver, classOf("198.51.100.7"))).host, "bucket.test");
  assert.equal((await urlOf(driver, classOf("2001:db8::1"))).host, "bucket.test");
  assert.equal((await urlOf(driver, classOf("203.0.113.7"))).host, "d1.cloudfront.test");
  assert.equal((await urlOf(driver, classOf("127.0.0.1"))).host, "d1.cloudfront.test");
});

test("a key that cannot sign is found out at the start", async (t) => {
  const directory = await temporaryDirectory();
  t.after(() => directory.remove());
  const path = join(directory.path, "key.pem");
  await writeFile(path, "no key");
  const options = { baseurl: "https://d1.cloudfront.test", privatekey: path, keypairid: "K1" };
  await assert.rejects(wrap(signing, [{ name: "cloudfront", options }]));
});
