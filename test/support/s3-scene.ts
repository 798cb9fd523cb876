/** A double and a driver over it, for one test. */
import type { TestContext } from "node:test";
import type { StorageDriver } from "../../drivers/contract.ts";
import { s3Parameters } from "../../drivers/s3/config.ts";
import { openS3Driver } from "../../drivers/s3/driver.ts";
import { type S3Settings, s3Settings } from "../../drivers/s3/settings.ts";
import { s3ParametersOf } from "./s3.ts";
import { Bucket } from "./s3-double/bucket.ts";
import { AWS, type Profile } from "./s3-double/profiles.ts";
import { type S3Double, startS3Double } from "./s3-double/server.ts";
import { until } from "./until.ts";

export const BUCKET = "registry-data";

export interface Scene {
  readonly double: S3Double;
  readonly bucket: Bucket;
  readonly warnings: string[];
  /** Resolves when the driver is open and has taken away what it tried. */
  open(more?: {
    readonly parameters?: Readonly<Record<string, unknown>>;
    readonly settings?: Partial<S3Settings>;
  }): Promise<StorageDriver>;
}

export async function s3Scene(t: TestContext, profile: Profile = AWS): Promise<Scene> {
  const double = await startS3Double(profile);
  const bucket = new Bucket();
  double.buckets.set(BUCKET, bucket);
  const warnings: string[] = [];
  t.after(() => double.close());
  return {
    double,
    bucket,
    warnings,
    async open({ parameters, settings } = {}) {
      const given = s3Parameters.parse({ ...s3ParametersOf(double, BUCKET), ...parameters });
      const warn = (message: string) => warnings.push(message);
      const driver = await openS3Driver({ ...s3Settings(given), ...settings }, { warn });
      t.after(() => driver.close());
      await until("what was tried is taken away", () => isClean(double));
      return driver;
    },
  };
}

function isClean({ calls }: S3Double): boolean {
  const tried = calls.filter((call) => /^PUT .*moorage\/probe\//.test(call));
  return tried.every((call) => calls.includes(call.replace("PUT", "DELETE")));
}
