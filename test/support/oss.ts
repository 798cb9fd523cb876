/** Drivers as for OSS, over servers that only speak like it. */
import type { StorageDriver } from "../../drivers/contract.ts";
import { ossParameters } from "../../drivers/oss/config.ts";
import { ossSettings } from "../../drivers/oss/settings.ts";
import { openS3Driver } from "../../drivers/s3/driver.ts";
import type { S3Settings } from "../../drivers/s3/settings.ts";
import type { Subject } from "../contract/driver/suite.ts";
import type { S3Account } from "./s3.ts";

/** `names`: in this process, `*.localhost` must be the server's machine. */
export async function ossSubject(
  { endpoint, accesskey, secretkey }: S3Account,
  bucket: string,
  more: Partial<S3Settings> = {},
): Promise<Subject> {
  const settings = ossSettings(
    ossParameters.parse({ accesskeyid: accesskey, accesskeysecret: secretkey, region: "oss-cn-hangzhou", bucket }),
  );
  const here = { url: new URL(`http://localhost:${new URL(endpoint).port}`), bucketIn: "host" as const };
  const open = () => openS3Driver({ ...settings, endpoint: here, redirectEndpoint: here, ...more }, { warn: () => {} });
  const [driver, second]: [StorageDriver, StorageDriver] = await Promise.all([open(), open()]);
  return {
    driver,
    second,
    leftovers: async () => [],
    async close() {
      await Promise.all([driver.close(), second.close()]);
    },
  };
}
