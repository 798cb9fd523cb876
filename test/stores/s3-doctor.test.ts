/** What the doctor says of buckets that CNCF distribution has really written to S3, and of those that cannot be used. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openDriver } from "../../drivers/open.ts";
import { temporaryDirectory } from "../e2e/support/directories.ts";
import { DISTRIBUTIONS } from "../e2e/support/distribution.ts";
import { bucketFindings, doctor } from "../e2e/support/doctor.ts";
import { useRegistry } from "../e2e/support/doctored.ts";
import { missing } from "../e2e/support/tools.ts";
import { createBucket } from "../support/s3.ts";
import { storeServer } from "../support/stores.ts";
import { SECRET, startTheirs } from "./in-turn.ts";
import { VERSITY } from "./servers.ts";

const endpoint = await storeServer(VERSITY);
if (endpoint) {
  const account = { endpoint, accesskey: "test", secretkey: "testsecret" };

  async function place(more: Readonly<Record<string, unknown>> = {}) {
    const s3 = {
      regionendpoint: account.endpoint,
      region: "us-east-1",
      accesskey: account.accesskey,
      secretkey: account.secretkey,
      bucket: await createBucket(account),
      rootdirectory: "/some/root",
      forcepathstyle: true,
      ...more,
    };
    const file = join(temporaryDirectory(), "config.yml");
    await writeFile(file, JSON.stringify({ version: 0.1, storage: { s3 }, http: { secret: SECRET } }));
    return { s3, file };
  }

  for (const distribution of DISTRIBUTIONS) {
    test(`a bucket that ${distribution} wrote`, { skip: missing(distribution) }, async (t) => {
      const { s3, file } = await place();
      const theirs = await startTheirs(t, distribution, { s3 });
      const { image, expected } = await useRegistry(theirs.url);
      const driver = await openDriver("s3", s3, { warn() {}, readOnly: true });
      t.after(() => driver.close());
      const everything = async () => await Array.fromAsync(driver.list(""));
      const before = await everything();

      const healthy = await doctor(file);
      assert.equal(healthy.end, "exit 0", JSON.stringify(healthy.findings, undefined, 2));
      assert.deepEqual(bucketFindings(healthy), expected);
      assert.ok(
        healthy.findings.some(
          ({ what }) => what === `${endpoint}, where clients are sent for blobs, answers from here`,
        ),
      );
      assert.deepEqual(await everything(), before);

      assert.equal((await doctor(file, { args: ["--try-writes"] })).end, "exit 0");
      assert.deepEqual(await everything(), before);

      const hex = image.descriptor.digest.slice("sha256:".length);
      await driver.delete(`docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`);
      const broken = await doctor(file);
      assert.equal(broken.end, "exit 1");
      const whats = broken.findings.filter(({ severity }) => severity === "broken").map(({ what }) => what);
      assert.deepEqual(whats.sort(), ["manifests without bytes", "tags of manifests that are not there"]);
    });
  }

  for (const [name, more, expected] of [
    ["a wrong key", { secretkey: "another" }, /^the store s3 .* cannot be opened: .*secret key/],
    ["a bucket that is not there", { bucket: "not-there" }, /^the store s3 .* cannot be opened: .*bucket/],
    ["an endpoint where nobody is", { regionendpoint: "http://127.0.0.1:9" }, /^the store s3 .* cannot be opened: /],
  ] as const) {
    test(name, async () => {
      const { file } = await place(more);
      const { end, findings } = await doctor(file);
      assert.equal(end, "exit 1");
      const broken = findings.filter(({ severity }) => severity === "broken");
      assert.equal(broken.length, 1, JSON.stringify(broken));
      assert.match(broken[0]?.what ?? "", expected);
    });
  }

  test("a name for clients that leads nowhere", async () => {
    const { file } = await place({ redirectendpoint: "http://127.0.0.1:9" });
    const { end, findings } = await doctor(file);
    assert.equal(end, "exit 1");
    const broken = findings.filter(({ severity }) => severity === "broken");
    assert.match(
      broken[0]?.what ?? "",
      /^http:\/\/127\.0\.0\.1:9, where clients are sent for blobs, cannot be reached/,
    );
    assert.match(broken[0]?.fix ?? "", /redirectendpoint.*storage\.redirect\.disable/);
  });
}
