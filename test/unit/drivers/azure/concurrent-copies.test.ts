import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { isDriverError } from "../../../../drivers/errors.ts";
import { openOnAzurite } from "../../../support/azure.ts";
import { startAzurite } from "../../../support/azurite.ts";
import { bytesOf } from "../../../support/bytes.ts";

const BYTES = bytesOf(200_000);
const COPIES = [1, 2, 3];

test("copies in blocks to one key disturb each other for a while only, and leave a whole object", async (t) => {
  const azurite = await startAzurite();
  const driver = await openOnAzurite(azurite);
  t.after(async () => {
    await driver.close();
    await azurite.stop();
  });
  await driver.put("source", BYTES);
  const outcomes = await Promise.allSettled(COPIES.map(() => driver.copy("source", "target")));
  assert.ok(outcomes.some(({ status }) => status === "fulfilled"));

  const untilDone = async () => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await driver.copy("source", "target");
      } catch (error) {
        assert.ok(isDriverError(error) && error.retryable && attempt < 50, `${error}`);
        await setTimeout(Math.random() * 100);
      }
    }
  };
  await Promise.all(COPIES.map(untilDone));
  assert.deepEqual(await (await driver.get("target")).bytes(), BYTES);
});
