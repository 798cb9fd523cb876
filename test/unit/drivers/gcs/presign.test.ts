import assert from "node:assert/strict";
import { after, before, describe, mock, test } from "node:test";
import type { Presigner, StorageDriver } from "../../../../drivers/contract.ts";
import { createBucket, openOnGcs, startDouble } from "../../../support/gcs.ts";
import type { GcsDouble } from "../../../support/gcs-double/server.ts";

describe("signed URLs of Cloud Storage", () => {
  let double: GcsDouble;
  let driver: StorageDriver;
  before(async () => {
    double = await startDouble();
    driver = await openOnGcs(double.url, { bucket: await createBucket(double.url) });
    await driver.put("object", Buffer.from("x"));
  });
  after(async () => {
    mock.timers.reset();
    await driver.close();
    await double.stop();
  });
  const presign = (...given: Parameters<Presigner["presignGet"]>) =>
    driver.presign?.presignGet(...given) ?? assert.fail("it cannot sign");

  test("are given out again for the first half of their life", async () => {
    mock.timers.enable({ apis: ["Date"], now: Date.now() });
    const first = await presign("object", { expiresInSeconds: 1000 });
    mock.timers.tick(490_000);
    assert.equal((await presign("object", { expiresInSeconds: 1000 })).url.href, first.url.href);
    mock.timers.tick(20_000);
    const later = await presign("object", { expiresInSeconds: 1000 });
    assert.notEqual(later.url.href, first.url.href);
    assert.ok(later.expiresAt > first.expiresAt);
  });

  test("are another one for another question", async () => {
    const urls = [
      await presign("object", { expiresInSeconds: 1000 }),
      await presign("object", { expiresInSeconds: 2000 }),
      await presign("object", { expiresInSeconds: 1000, contentType: "text/plain" }),
      await presign("other", { expiresInSeconds: 1000 }),
    ].map(({ url }) => url.href);
    assert.equal(new Set(urls).size, 4);
  });

  test("live a week at most, and are worth nothing after their life", async () => {
    const year = 365 * 24 * 3600;
    const { url, expiresAt } = await presign("object", { expiresInSeconds: year });
    assert.ok(expiresAt.getTime() <= Date.now() + 7 * 24 * 3_600_000);
    assert.equal((await fetch(url)).status, 200);
    mock.timers.setTime(expiresAt.getTime() + 1000);
    assert.equal((await fetch(url)).status, 400);
  });
});
