/** One bucket, two registries: what CNCF distribution wrote to S3 is served here, and what was written here is served there. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryDirectory } from "../e2e/support/directories.ts";
import { DISTRIBUTIONS } from "../e2e/support/distribution.ts";
import { createImageMaker } from "../e2e/support/images.ts";
import { startMoorage } from "../e2e/support/moorage.ts";
import { deleteManifest, pushImage } from "../e2e/support/push.ts";
import { freePort, type Server, startServer } from "../e2e/support/servers.ts";
import { missing, toolPath } from "../e2e/support/tools.ts";
import { viewOf } from "../e2e/support/view.ts";
import { createBucket, type S3Account } from "../support/s3.ts";
import { storeServer } from "../support/stores.ts";
import { CEPH } from "./servers.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
/** 2.8 cannot take certificates from there, and needs none. */
const ENVIRONMENT = { OTEL_TRACES_EXPORTER: "none", AWS_CA_BUNDLE: "" };
/** More than a part, for either registry. */
const LARGE = 12_000_000;

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
        const ours = await startOurs(t, place);
        const theirs = await startTheirs(t, distribution, place);
        await pushInTurn(ours, theirs);
      });
    }
  }
}

async function pushInTurn(ours: Server, theirs: Server): Promise<void> {
  const maker = createImageMaker("alternating");
  const shared = maker.layer({ size: 200_000 });
  for (let n = 0; n < 6; n++) {
    const { url } = n % 2 === 0 ? ours : theirs;
    const large = n < 2 ? [maker.layer({ size: LARGE, compression: "none" })] : [];
    const image = maker.image({ layers: [shared, ...large, maker.layer()] });
    await pushImage(url, `alternating/${n % 3}`, image, `v${n}`);
    await pushImage(url, "alternating/0", maker.index([image]), "latest");
    if (n === 4) await deleteManifest(url, "alternating/1", image.descriptor.digest);
    assert.deepEqual(await viewOf(ours.url), await viewOf(theirs.url));
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

async function startTheirs(t: TestContext, name: string, { account, bucket, rootdirectory }: Place): Promise<Server> {
  const port = await freePort();
  const { endpoint, accesskey, secretkey } = account;
  const s3 = { regionendpoint: endpoint, region: "us-east-1", accesskey, secretkey, bucket, rootdirectory };
  const config = {
    version: 0.1,
    log: { level: "error", accesslog: { disabled: true } },
    storage: { s3: { ...s3, forcepathstyle: true }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}`, secret: SECRET },
  };
  const file = join(temporaryDirectory(), "config.yml");
  await writeFile(file, JSON.stringify(config)); // which is YAML
  const server = await startServer(toolPath(name), ["serve", file], { port, env: ENVIRONMENT });
  t.after(() => server.stop());
  return server;
}
