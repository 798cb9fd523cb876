/** How large an object may become, part by part. */
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { createMemoryDriver } from "../../../drivers/memory/driver.ts";
import { S3_LIMITS } from "../../../drivers/memory/multipart.ts";
import { parseDigest } from "../../../src/oci/digest.ts";
import { parseRepositoryName } from "../../../src/oci/names.ts";
import { partSizeOf } from "../../../src/registry/staging-in-sized-parts.ts";
import { openRegistry } from "../../support/registry-world.ts";

const MIB = 1024 * 1024;
const TIB = MIB * MIB;

const total = (limits: typeof S3_LIMITS & { equalParts?: boolean }) => {
  let bytes = 0;
  for (let part = 1; part <= limits.maxParts; part++) bytes += partSizeOf(part, 8 * MIB, limits);
  return bytes;
};

test("10,000 parts that grow hold 5 TiB", () => {
  assert.ok(total(S3_LIMITS) >= 5 * TIB);
  assert.equal(partSizeOf(1, 8 * MIB, S3_LIMITS), 8 * MIB);
  assert.equal(partSizeOf(1001, 8 * MIB, S3_LIMITS), 16 * MIB);
});

test("where all have to be equal, they are", () => {
  assert.equal(total({ ...S3_LIMITS, equalParts: true }), 10_000 * 8 * MIB);
});

test("what does not fit is refused, not left for the store to find out", async () => {
  const limits = { ...S3_LIMITS, minPartSize: 10, maxParts: 5 };
  const { registry } = openRegistry(createMemoryDriver({ limits }), { registry: { partSize: 10 } });
  const digest = parseDigest(`sha256:${"0".repeat(64)}`);
  const bytes = Readable.from([Buffer.alloc(1000)]);
  await assert.rejects(registry.uploads.upload(parseRepositoryName("large/app"), digest, { bytes }), {
    kind: "blob_too_large",
  });
});
