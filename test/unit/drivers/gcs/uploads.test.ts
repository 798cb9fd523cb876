import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { PartReceipt, StorageDriver } from "../../../../drivers/contract.ts";
import { bytesOf } from "../../../support/bytes.ts";
import { createBucket, keysIn, openOnGcs, startDouble } from "../../../support/gcs.ts";
import type { GcsDouble } from "../../../support/gcs-double/server.ts";
import { type Meddler, startMeddler } from "../../../support/meddler.ts";

describe("uploads to Cloud Storage", () => {
  let double: GcsDouble;
  let meddler: Meddler;
  let driver: StorageDriver;
  before(async () => {
    double = await startDouble();
    meddler = await startMeddler(double.url);
    driver = await openOnGcs(meddler.url, {
      bucket: await createBucket(double.url),
      limits: { compose: 32, page: 50 },
    });
  });
  after(async () => {
    await driver.close();
    await meddler.stop();
    await double.stop();
  });

  const assertNothingLeft = async () => assert.deepEqual(await keysIn(driver, "moorage/"), []);
  const uploadOf = async (parts: number, size: number) => {
    const upload = await driver.multipart.create("object");
    const receipts: PartReceipt[] = [];
    for (let n = 1; n <= parts; n++) {
      receipts.push(await driver.multipart.putPart(upload, n, bytesOf(size, `part ${n}`)));
    }
    const bytes = Buffer.concat(receipts.map(({ partNumber }) => bytesOf(size, `part ${partNumber}`)));
    return { upload, receipts, bytes };
  };

  test("of more parts than one compose takes, and than a page lists", async () => {
    for (const parts of [1, 32, 33, 70]) {
      const { upload, receipts, bytes } = await uploadOf(parts, 100);
      await driver.multipart.complete(upload, receipts);
      assert.deepEqual(await (await driver.get("object")).bytes(), bytes);
      await assertNothingLeft();
    }
  });

  test("complete also when the store is busy for a moment", async () => {
    const { upload, receipts, bytes } = await uploadOf(3, 100);
    let refusals = 2;
    meddler.meddle(({ url }) =>
      url?.includes("/compose") && refusals-- > 0 ? { kind: "answer", status: 429 } : undefined,
    );
    await driver.multipart.complete(upload, receipts);
    assert.deepEqual(await (await driver.get("object")).bytes(), bytes);
    await assertNothingLeft();
  });

  test("complete also when the answer was lost", async () => {
    const { upload, receipts, bytes } = await uploadOf(2, 100);
    let losses = 1;
    meddler.meddle(({ url }) => (url?.includes("/compose") && losses-- > 0 ? { kind: "lose" } : undefined));
    await driver.multipart.complete(upload, receipts);
    assert.deepEqual(await (await driver.get("object")).bytes(), bytes);
    await assertNothingLeft();
  });

  test("that lost their beginning are found, and can be removed", async () => {
    const { upload } = await uploadOf(2, 100);
    await driver.delete(`moorage/parts/${upload.id}/upload/${upload.key}`);
    const found: unknown[] = [];
    for await (const { key, id } of driver.multipart.listUploads?.("") ?? []) found.push({ key, id });
    assert.deepEqual(found, [upload]);
    await driver.multipart.abort(upload);
    await assertNothingLeft();
  });

  test("are not removed by those who know the id only", async () => {
    const { upload, receipts } = await uploadOf(1, 100);
    await driver.multipart.abort({ ...upload, key: "another" });
    await driver.multipart.complete(upload, receipts);
  });
});
