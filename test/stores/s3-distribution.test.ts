/** One bucket, two registries: what CNCF distribution wrote to S3 is served here, and what was written here is served there. */
import { type TestContext, test } from "node:test";
import { DISTRIBUTIONS } from "../e2e/support/distribution.ts";
import { startMoorage } from "../e2e/support/moorage.ts";
import type { Server } from "../e2e/support/servers.ts";
import { missing } from "../e2e/support/tools.ts";
import { createBucket, type S3Account } from "../support/s3.ts";
import { storeServer } from "../support/stores.ts";
import { pushInTurn, SECRET, startTheirs } from "./in-turn.ts";
import { CEPH } from "./servers.ts";

interface Place {
  readonly account: S3Account;
  readonly bucket: string;
  readonly rootdirectory: string;
}

const endpoint = await storeServer(CEPH);
if (endpoint) {
  const account = { endpoint, accesskey: "test", secretkey: "testsecret" };
  for (const distribution of DISTRIBUTIONS) {
    const options = { skip: missing(distribution) };
    for (const rootdirectory of ["", "/some/root/"]) {
      test(`pushes alternate between here and ${distribution}, below "${rootdirectory}"`, options, async (t) => {
        const place = { account, bucket: await createBucket(account), rootdirectory };
        await pushInTurn(await startOurs(t, place), await startTheirs(t, distribution, theirStorage(place)));
      });
    }
  }
}

function startOurs(t: TestContext, { account, bucket, rootdirectory }: Place): Promise<Server> {
  return startMoorage(t, {
    driver: "inmemory",
    env: {
      REGISTRY_HTTP_SECRET: SECRET,
      REGISTRY_STORAGE: "s3",
      REGISTRY_STORAGE_S3_REGIONENDPOINT: account.endpoint,
      REGISTRY_STORAGE_S3_ACCESSKEY: account.accesskey,
      REGISTRY_STORAGE_S3_SECRETKEY: account.secretkey,
      REGISTRY_STORAGE_S3_BUCKET: bucket,
      REGISTRY_STORAGE_S3_ROOTDIRECTORY: rootdirectory,
    },
  });
}

function theirStorage({ account, bucket, rootdirectory }: Place) {
  const { endpoint, accesskey, secretkey } = account;
  const s3 = { regionendpoint: endpoint, region: "us-east-1", accesskey, secretkey, bucket, rootdirectory };
  return { s3: { ...s3, forcepathstyle: true } };
}
