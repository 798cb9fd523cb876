/** Of a copy's source, Azure tells no absence from other reasons for which it could not read it. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { azureRefusal, startMeddledAzurite } from "../../../support/azure.ts";
import { bytesOf } from "../../../support/bytes.ts";

/** One is copied whole, the other in blocks. */
const SIZES = [1000, 200_000];

const { azurite, meddler, driver, stop } = await startMeddledAzurite();
after(stop);

/** What happens when Azure is asked to copy, before it says that it cannot read the source. */
const refuseCopies = (happens?: () => Promise<unknown>) =>
  meddler.meddle(async ({ headers }) => {
    if (headers["x-ms-copy-source"] === undefined) return undefined;
    await happens?.();
    return azureRefusal(404, "CannotVerifyCopySource");
  });

for (const size of SIZES) {
  test(`a source that went between the look at it and the copy of its ${size} bytes is not found`, async () => {
    await driver.put("source", bytesOf(size));
    refuseCopies(() => azurite.container.getBlobClient("source").deleteIfExists());
    await assert.rejects(driver.copy("source", "target"), { kind: "not_found" });
  });

  test(`a source of ${size} bytes that is there, and cannot be read, is a failure of the store`, async () => {
    await driver.put("source", bytesOf(size));
    refuseCopies();
    await assert.rejects(driver.copy("source", "target"), { kind: "unexpected", message: /CannotVerifyCopySource/ });
  });
}
