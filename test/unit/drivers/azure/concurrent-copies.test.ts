import assert from "node:assert/strict";
import { test } from "node:test";
import { isDriverError } from "../../../../drivers/errors.ts";
import { withRetry } from "../../../../drivers/layers/retry.ts";
import { openOnAzurite } from "../../../support/azure.ts";
import { startAzurite } from "../../../support/azurite.ts";
import { bytesOf } from "../../../support/bytes.ts";

const BYTES = bytesOf(200_000);
const ONE_BY_ONE = { attempts: 20, firstDelayMilliseconds: 50, longestDelayMilliseconds: 500 };
const tools = {
  sleep: (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds)),
  random: Math.random,
};

test("copies in blocks to one key disturb each other for a while only, and leave a whole object", async (t) => {
  const azurite = await startAzurite();
  const driver = await openOnAzurite(azurite);
  t.after(async () => {
    await driver.close();
    await azurite.stop();
  });
  await driver.put("source", BYTES);
  const outcomes = await Promise.allSettled(Array.from({ length: 3 }, () => driver.copy("source", "target")));
  assert.ok(outcomes.some(({ status }) => status === "fulfilled"));
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") assert.ok(isDriverError(outcome.reason) && outcome.reason.retryable);
  }
  const patient = withRetry(driver, ONE_BY_ONE, tools);
  await Promise.all(Array.from({ length: 3 }, () => patient.copy("source", "target")));
  assert.deepEqual(await (await driver.get("target")).bytes(), BYTES);
});
