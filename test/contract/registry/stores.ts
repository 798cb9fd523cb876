/** The stores that the suite runs over. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { StorageDriver } from "../../../drivers/contract.ts";
import { Bucket } from "../../../drivers/memory/bucket.ts";
import { createMemoryDriver } from "../../../drivers/memory/driver.ts";
import { S3_LIMITS } from "../../../drivers/memory/multipart.ts";
import { openDriver } from "../../../drivers/open.ts";
import { temporaryDirectory } from "../../support/temp.ts";
import type { StoreKind } from "./harness.ts";

export const inMemory: StoreKind = memory();

/** As many stores that claim to be S3. */
export const withoutConditionalWrites: StoreKind = memory({ wrap: ({ conditional, ...driver }) => driver });

/** Everything that is longer than a line goes up in parts. */
export const withTinyParts: StoreKind = memory({
  limits: { ...S3_LIMITS, minPartSize: 64 },
  partSize: 64,
});

export const onDisk: StoreKind = {
  longBytes: 1024 * 1024 + 300_000,
  keepsOurTime: false,
  async open() {
    const directory = await temporaryDirectory();
    const driver = await openDriver(
      "filesystem",
      { rootdirectory: directory.path },
      { warn: (message) => process.emitWarning(message) },
    );
    return {
      driver,
      openUploads: () => readdir(join(directory.path, "moorage/tmp/multipart")),
      async close() {
        await driver.close();
        await directory.remove();
      },
    };
  },
};

function memory({
  wrap = (driver: StorageDriver): StorageDriver => driver,
  limits = S3_LIMITS,
  partSize = undefined as number | undefined,
} = {}): StoreKind {
  return {
    longBytes: 1000,
    keepsOurTime: true,
    partSize,
    async open(runtime) {
      const bucket = new Bucket();
      return {
        driver: wrap(createMemoryDriver({ bucket, limits, now: runtime.now })),
        openUploads: async () => [...bucket.uploads.values()].map(({ key }) => key),
        close: async () => {},
      };
    },
  };
}
