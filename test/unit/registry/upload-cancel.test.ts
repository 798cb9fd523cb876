import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { DriverError } from "../../../drivers/errors.ts";
import { createMemoryDriver } from "../../../drivers/memory/driver.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { bytesOf } from "../../support/bytes.ts";
import { startUpload, withDigest } from "../../support/registry-content.ts";
import { aroundDriver } from "../../support/registry-drivers.ts";
import { assertError } from "../../support/registry-http.ts";
import { openWorld } from "../../support/registry-world.ts";

/** Longer than a request takes here. */
const SLOW_MILLISECONDS = 50;

test("once a cancel is answered nobody ends the upload, however slow the store is", async (t) => {
  const driver = aroundDriver(createMemoryDriver(), async ({ operation }, run) => {
    if (operation === "put") await sleep(SLOW_MILLISECONDS);
    return await run();
  });
  const { http, close } = await openWorld(driver);
  t.after(close);
  const bytes = bytesOf(10);
  const { location } = await http.request("PATCH", await startUpload(http, "a"), { body: bytes });
  assert.equal((await http.request("DELETE", location)).status, 204);
  const ended = await http.request("PUT", withDigest(location, digestOf(bytes)));
  assertError(ended, 404, "BLOB_UPLOAD_UNKNOWN");
});

test("a cancel that failed half-way can be repeated, and nobody ends the upload", async (t) => {
  for (const failing of ["put", "create"]) {
    let fails = false;
    const driver = aroundDriver(createMemoryDriver(), async ({ operation }, run) => {
      if (fails && operation === failing) throw new DriverError("no_space", operation);
      return await run();
    });
    const { http, close } = await openWorld(driver);
    t.after(close);
    const bytes = bytesOf(10);
    const { location } = await http.request("PATCH", await startUpload(http, "a"), { body: bytes });
    fails = true;
    assert.equal((await http.request("DELETE", location)).status, 507, failing);
    fails = false;
    assert.equal((await http.request("DELETE", location)).status, 204);
    const ended = await http.request("PUT", withDigest(location, digestOf(bytes)));
    assertError(ended, 404, "BLOB_UPLOAD_UNKNOWN");
  }
});
