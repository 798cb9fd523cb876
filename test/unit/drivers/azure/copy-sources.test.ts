/** Of a copy's source, Azure tells no absence from other reasons for which it could not read it. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import type { StorageDriver } from "../../../../drivers/contract.ts";
import { openOnAzurite } from "../../../support/azure.ts";
import { type Azurite, startAzurite } from "../../../support/azurite.ts";
import { bytesOf } from "../../../support/bytes.ts";
import { type Meddler, type Meddling, startMeddler } from "../../../support/meddler.ts";

/** One is copied whole, the other in blocks. */
const SIZES = [1000, 200_000];

describe("a source that Azure cannot read", () => {
  let azurite: Azurite;
  let meddler: Meddler;
  let driver: StorageDriver;

  before(async () => {
    azurite = await startAzurite();
    meddler = await startMeddler(azurite.serviceUrl);
    const serviceUrl = meddler.url + new URL(azurite.serviceUrl).pathname;
    driver = await openOnAzurite(azurite, { serviceUrl });
  });
  after(async () => {
    await driver.close();
    await meddler.stop();
    await azurite.stop();
  });
  beforeEach(() => meddler.meddle(undefined));

  const insteadOfCopy = (happens: () => Promise<Meddling>) =>
    meddler.meddle(async ({ headers }) => (headers["x-ms-copy-source"] ? await happens() : undefined));

  for (const size of SIZES) {
    test(`is not found when it went between the look at it and the copy of its ${size} bytes`, async () => {
      await driver.put("source", bytesOf(size));
      insteadOfCopy(async () => {
        await azurite.container.getBlobClient("source").deleteIfExists();
        return refusal;
      });
      await assert.rejects(driver.copy("source", "target"), { kind: "not_found" });
    });

    test(`is a failure of the store when its ${size} bytes are there`, async () => {
      await driver.put("source", bytesOf(size));
      insteadOfCopy(async () => refusal);
      await assert.rejects(driver.copy("source", "target"), { kind: "unexpected", message: /CannotVerifyCopySource/ });
    });
  }
});

const refusal: Meddling = {
  kind: "answer",
  status: 404,
  headers: { "x-ms-error-code": "CannotVerifyCopySource", "content-type": "application/xml" },
  body: '<?xml version="1.0" encoding="utf-8"?><Error><Code>CannotVerifyCopySource</Code><Message>The specified resource does not exist.</Message></Error>',
};
