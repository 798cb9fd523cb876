import assert from "node:assert/strict";
import { test } from "node:test";
import type { Presigner } from "../../../drivers/contract.ts";
import { withFaults } from "../../../drivers/layers/faults.ts";
import { createMemoryDriver } from "../../../drivers/memory/driver.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { startUpload, withDigest } from "../../support/registry-content.ts";
import { keysUnder } from "../../support/registry-drivers.ts";
import { openWorld } from "../../support/registry-world.ts";
import { createSleeplessRuntime } from "../../support/sleepless-runtime.ts";

const presign: Presigner = {
  presignGet: async (key) => ({ url: new URL(`https://bucket.test/${key}`), expiresAt: new Date(Date.now() + 60_000) }),
};

test("where clients are sent to the store, a short blob is there before its link", async (t) => {
  const memory = createMemoryDriver();
  const refusing = withFaults(
    memory,
    (operation, key) =>
      operation === "put" && key?.includes("/blobs/") ? { fault: "refuse", kind: "unavailable" } : undefined,
    createSleeplessRuntime(),
  );
  const { http, close } = await openWorld({ ...refusing, presign });
  t.after(close);
  const body = Buffer.from("short");
  const digest = digestOf(body);
  assert.equal((await http.request("POST", `/v2/a/blobs/uploads/?digest=${digest}`, { body })).status, 503);
  const chunk = await http.request("PATCH", await startUpload(http, "a"), { body });
  assert.equal((await http.request("PUT", withDigest(chunk.location, digest))).status, 503);
  assert.deepEqual(await keysUnder(memory, "docker/"), []);
  assert.equal((await http.request("GET", `/v2/a/blobs/${digest}`)).status, 404);
});
