/** Drivers as for OSS, over servers that only speak like it. */
import type { StorageDriver } from "../../drivers/contract.ts";
import { ossParameters } from "../../drivers/oss/config.ts";
import { ossSettings } from "../../drivers/oss/settings.ts";
import { openS3Driver } from "../../drivers/s3/driver.ts";
import type { S3Settings } from "../../drivers/s3/settings.ts";
import type { Subject } from "../contract/driver/suite.ts";
import type { S3Account } from "./s3.ts";

/** In this process, `*.localhost` must be the server's machine: see `allNamesAreHere`. */
export function openOss(
  { endpoint, accesskey, secretkey }: S3Account,
  bucket: string,
  more: Partial<S3Settings> = {},
): Promise<StorageDriver> {
  const settings = ossSettings(
    ossParameters.parse({ accesskeyid: accesskey, accesskeysecret: secretkey, region: "oss-cn-hangzhou", bucket }),
  );
  const here = { url: new URL(`http://localhost:${new URL(endpoint).port}`), bucketIn: "host" as const };
  return openS3Driver({ ...settings, endpoint: here, redirectEndpoint: here, ...more }, { warn: () => {} });
}

export async function ossSubject(account: S3Account, bucket: string): Promise<Subject> {
  const [driver, second] = await Promise.all([openOss(account, bucket), openOss(account, bucket)]);
  return {
    driver,
    second,
    leftovers: async () => [],
    async close() {
      await Promise.all([driver.close(), second.close()]);
    },
  };
}
