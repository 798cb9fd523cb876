/** One bucket, two registries. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryDirectory } from "../e2e/support/directories.ts";
import { createImageMaker } from "../e2e/support/images.ts";
import { startMoorage } from "../e2e/support/moorage.ts";
import { pushImage, pushManifest } from "../e2e/support/push.ts";
import type { Server } from "../e2e/support/servers.ts";
import { missing } from "../e2e/support/tools.ts";
import { viewOf } from "../e2e/support/view.ts";
import { CREDENTIALS, createBucket } from "../support/gcs.ts";
import { storeServer } from "../support/stores.ts";
import { SECRET, startTheirs } from "./in-turn.ts";
import { FAKE_GCS } from "./servers.ts";

/** 3 only: 2.8 of Debian is built without the driver. */
const DISTRIBUTION = "registry";
/** More than a part. */
const LARGE = 12_000_000;

const endpoint = await storeServer(FAKE_GCS);
if (endpoint) {
  for (const rootdirectory of ["", "/some/root/"]) {
    const title = `what was written here is served by ${DISTRIBUTION}, below "${rootdirectory}", and its tags are seen here`;
    test(title, { skip: missing(DISTRIBUTION) }, async (t) => {
      const bucket = await createBucket(endpoint);
      const ours = await startOurs(t, endpoint, bucket, rootdirectory);
      const theirs = await startTheirs(t, DISTRIBUTION, theirStorage(bucket, rootdirectory), {
        STORAGE_EMULATOR_HOST: new URL(endpoint).host,
      });
      const maker = createImageMaker("shared");
      const large = maker.layer({ size: LARGE, compression: "none" });
      const images = [maker.image({ layers: [large, maker.layer()] }), maker.image(), maker.image()];
      for (const [n, image] of images.entries()) await pushImage(ours.url, "library/app", image, `v${n}`);
      await pushImage(ours.url, "library/app", maker.index(images), "latest");
      assert.deepEqual(await viewOf(ours.url), await viewOf(theirs.url));

      for (const image of images) {
        await pushManifest(theirs.url, "library/app", image, "latest");
        await pushManifest(theirs.url, "library/app", image, `theirs-${image.descriptor.size}`);
        assert.deepEqual(await viewOf(ours.url), await viewOf(theirs.url));
      }
    });
  }
}

/** Blobs it sends to Google's own hosts, whatever it is told; and it signs URLs for these only. */
function theirStorage(bucket: string, rootdirectory: string) {
  const keyfile = join(temporaryDirectory(), "key.json");
  writeFileSync(keyfile, JSON.stringify(CREDENTIALS));
  return { gcs: { bucket, rootdirectory, keyfile }, redirect: { disable: true } };
}

function startOurs(t: TestContext, endpoint: string, bucket: string, rootdirectory: string): Promise<Server> {
  return startMoorage(t, {
    driver: "inmemory",
    env: {
      REGISTRY_HTTP_SECRET: SECRET,
      REGISTRY_STORAGE: "gcs",
      REGISTRY_STORAGE_GCS_APIENDPOINT: endpoint,
      REGISTRY_STORAGE_GCS_CREDENTIALS: JSON.stringify(CREDENTIALS),
      REGISTRY_STORAGE_GCS_BUCKET: bucket,
      REGISTRY_STORAGE_GCS_ROOTDIRECTORY: rootdirectory,
    },
  });
}
