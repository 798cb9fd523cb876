import assert from "node:assert/strict";
import { test } from "node:test";
import type { StorageDriver } from "../../../../drivers/contract.ts";
import { allNamesAreHere } from "../../../support/names.ts";
import { AWS } from "../../../support/s3-double/profiles.ts";
import { startS3Double } from "../../../support/s3-double/server.ts";
import { BUCKET, s3Scene } from "../../../support/s3-scene.ts";

const sign = (driver: StorageDriver, expiresInSeconds = 600) =>
  (driver.presign ?? assert.fail("it cannot sign")).presignGet("a key", { expiresInSeconds });

test("clients are sent to the redirect endpoint, and are let in there", async (t) => {
  const { double, open, bucket } = await s3Scene(t);
  bucket.put("some/root/a key", Buffer.from("layer"), "application/octet-stream");
  const driver = await open({ parameters: { redirectendpoint: `http://localhost:${double.port}` } });
  const { url } = await sign(driver);
  assert.equal(url.host, `localhost:${double.port}`);
  assert.equal(await (await fetch(url)).text(), "layer");
  url.host = `127.0.0.1:${double.port}`;
  assert.equal((await fetch(url)).status, 403);
});

test("a host that is the bucket", async (t) => {
  allNamesAreHere();
  const double = await startS3Double(AWS, { cname: `layers.example:${BUCKET}` });
  t.after(() => double.close());
  const { open } = await s3Scene(t);
  const scene = await s3Scene(t);
  scene.bucket.put("some/root/a key", Buffer.from("layer"), "application/octet-stream");
  double.buckets.set(BUCKET, scene.bucket);
  const endpoint = { url: new URL(`http://layers.example:${double.port}`), bucketIn: "none" as const };
  const driver = await open({ settings: { endpoint, redirectEndpoint: endpoint } });
  const { url } = await sign(driver);
  assert.equal(url.pathname, "/some/root/a%20key");
  assert.equal(await (await fetch(url)).text(), "layer");
  await driver.copy("a key", "copy");
  assert.equal((await (await driver.get("copy")).bytes()).toString(), "layer");
});

test("a URL lives as long as it was asked to", async (t) => {
  const { open } = await s3Scene(t);
  const { url, expiresAt } = await sign(await open(), 600);
  assert.equal(url.searchParams.get("X-Amz-Expires"), "600");
  const life = expiresAt.getTime() - Date.now();
  assert.ok(life > 590_000 && life <= 600_000, `${life}`);
});

test("a URL never outlives the credentials that sign it, which are renewed in time", async (t) => {
  const { double, open } = await s3Scene(t);
  const lives = [120, 3600];
  let asked = 0;
  const credentials = async () => ({
    accessKeyId: double.accesskey,
    secretAccessKey: double.secretkey,
    expiration: new Date(Date.now() + 1000 * (lives[asked++] ?? 3600)),
  });
  const driver = await open({ settings: { credentials } });
  const first = await sign(driver, 600);
  assert.equal(first.url.searchParams.get("X-Amz-Expires"), "600");

  lives.push(...Array(20).fill(330));
  const forGood = await open({ settings: { credentials } });
  const short = await sign(forGood, 600);
  const seconds = Number(short.url.searchParams.get("X-Amz-Expires"));
  assert.ok(seconds > 320 && seconds <= 330, `${seconds}`);
  assert.ok(short.expiresAt.getTime() <= Date.now() + 330_000);
  const before = asked;
  await sign(forGood, 600);
  assert.equal(asked, before, "asking again would bring nothing new");
});
