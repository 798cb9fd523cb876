import assert from "node:assert/strict";
import { test } from "node:test";
import { DriverError } from "../../../drivers/errors.ts";
import { Bucket } from "../../../drivers/memory/bucket.ts";
import { createMemoryDriver } from "../../../drivers/memory/driver.ts";
import { Findings } from "../../../src/doctor/finding.ts";
import { checkReading, checkWriting } from "../../../src/doctor/rights.ts";
import { systemRuntime } from "../../../src/runtime.ts";

test("whoever may do everything is told nothing, and nothing is left", async () => {
  const bucket = new Bucket();
  const driver = createMemoryDriver({ bucket });
  const findings = new Findings();
  await checkReading(driver, systemRuntime, findings);
  await checkWriting(driver, systemRuntime, findings);
  assert.deepEqual(findings.all(), []);
  assert.deepEqual(await Array.fromAsync(driver.list("")), []);
  assert.equal(bucket.uploads.size, 0);
});

const OPERATIONS = ["head", "get", "put", "copy", "deleteMany"] as const;

for (const operation of OPERATIONS) {
  test(`without the right to ${operation}`, async () => {
    const driver = {
      ...createMemoryDriver(),
      [operation]: () => Promise.reject(new DriverError("denied", operation)),
    };
    const findings = new Findings();
    await checkReading(driver, systemRuntime, findings);
    await checkWriting(driver, systemRuntime, findings);
    const found = findings.all();
    assert.ok(found.length > 0);
    for (const { severity, area } of found) assert.deepEqual([severity, area], ["broken", "surroundings"]);
    assert.ok(found.some(({ what }) => what.startsWith("these credentials may not ")));
  });
}

test("rights that end at a prefix", async () => {
  const driver = createMemoryDriver();
  const findings = new Findings();
  const limited = {
    ...driver,
    list(prefix: string) {
      if (prefix.startsWith("moorage/")) throw new DriverError("denied", "list", { key: prefix });
      return driver.list(prefix);
    },
  };
  await checkReading(limited, systemRuntime, findings);
  const [finding, ...others] = findings.all();
  assert.deepEqual(others, []);
  assert.deepEqual(finding?.places, ["moorage/ (list moorage/: denied)"]);
});
