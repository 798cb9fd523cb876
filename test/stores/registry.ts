/** The registry's suite on real stores, beside the drivers' own: each case below a root, or in a bucket, of its own. */
import { randomUUID } from "node:crypto";
import type { StorageDriver } from "../../drivers/contract.ts";
import { type RetryOptions, withRetry } from "../../drivers/layers/retry.ts";
import { s3Parameters } from "../../drivers/s3/config.ts";
import { openS3Driver } from "../../drivers/s3/driver.ts";
import { type S3Settings, s3Settings } from "../../drivers/s3/settings.ts";
import { systemRuntime } from "../../src/runtime.ts";
import type { StoreKind } from "../contract/registry/suite.ts";
import { createBucket, openUploads, type S3Account, s3ParametersOf } from "../support/s3.ts";

export interface RealStore {
  /** Over what is empty. */
  open(): Promise<StorageDriver>;
  /** By default those that the driver lists. */
  readonly openUploads?: ((driver: StorageDriver) => Promise<readonly string[]>) | undefined;
  readonly partSize?: number | undefined;
  readonly deviations?: StoreKind["deviations"];
}

const KIB = 1024;

/** As src/store.ts has them around every driver of this kind, but in a hurry. */
const RETRY: RetryOptions = {
  attempts: 6,
  firstDelayMilliseconds: 20,
  longestDelayMilliseconds: 500,
  patienceMilliseconds: 10_000,
};

export function realStore({
  open,
  openUploads: listed = openUploads,
  partSize = 100 * KIB,
  deviations,
}: RealStore): StoreKind {
  return {
    partSize,
    longBytes: partSize + 30_000,
    keepsOurTime: false,
    deviations,
    async open() {
      const driver = withRetry(await open(), RETRY, { ...systemRuntime, random: Math.random });
      return { driver, openUploads: () => listed(driver), close: () => driver.close() };
    },
  };
}

/** All cases in one bucket. `more` for a store that takes shorter parts than S3. */
export async function s3Store(
  account: S3Account,
  more: Partial<S3Settings> = {},
): Promise<Omit<RealStore, "deviations">> {
  const bucket = await createBucket(account);
  const settings = { ...s3Settings(s3Parameters.parse(s3ParametersOf(account, bucket))), ...more };
  const open = () => openS3Driver({ ...settings, root: `${randomUUID()}/` }, { warn: () => {} });
  return { open, partSize: settings.minPartSize };
}
