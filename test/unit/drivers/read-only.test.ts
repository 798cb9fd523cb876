/** Opened to be looked at, a store is only read: each driver tries what it can do by writing otherwise. */
import assert from "node:assert/strict";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type DriverName, openDriver } from "../../../drivers/open.ts";
import { ACCOUNT, ACCOUNT_KEY, startAzurite } from "../../support/azurite.ts";
import { CREDENTIALS, createBucket, startDouble } from "../../support/gcs.ts";
import { startMeddler } from "../../support/meddler.ts";
import { s3ParametersOf } from "../../support/s3.ts";
import { BUCKET, s3Scene } from "../../support/s3-scene.ts";
import { OWNER, startSwiftDouble } from "../../support/swift-double/server.ts";
import { temporaryDirectory } from "../../support/temp.ts";

/** The methods that a store was asked with. */
type Asked = (readOnly: boolean) => Promise<readonly string[]>;

const STORES: Readonly<Record<string, (t: TestContext) => Promise<Asked>>> = {
  async s3(t) {
    const { double } = await s3Scene(t);
    return await behindMeddler(t, "s3", double.endpoint, (endpoint) => s3ParametersOf({ ...double, endpoint }, BUCKET));
  },

  async azure(t) {
    const azurite = await startAzurite();
    t.after(() => azurite.stop());
    const account = { accountname: ACCOUNT, accountkey: ACCOUNT_KEY, container: azurite.containerName };
    return await behindMeddler(t, "azure", azurite.serviceUrl, (url) => ({
      ...account,
      serviceurl: `${url}/${ACCOUNT}`,
    }));
  },

  async gcs(t) {
    const double = await startDouble();
    t.after(() => double.stop());
    const bucket = await createBucket(double.url);
    return await behindMeddler(t, "gcs", double.url, (apiendpoint) => ({
      bucket,
      apiendpoint,
      credentials: CREDENTIALS,
    }));
  },

  async swift(t) {
    const double = await startSwiftDouble();
    t.after(() => double.close());
    const parameters = { authurl: double.authurl, username: OWNER.name, password: OWNER.password, container: "images" };
    return async (readOnly) => {
      if (readOnly) await (await openDriver("swift", parameters, { warn() {} })).close(); // makes the container
      double.calls.length = 0;
      await (await openDriver("swift", parameters, { warn() {}, readOnly })).close();
      return double.calls.map((call) => call.split(" ", 1)[0] ?? "");
    };
  },
};

async function behindMeddler(
  t: TestContext,
  name: DriverName,
  target: string,
  parametersFor: (url: string) => unknown,
): Promise<Asked> {
  const methods: string[] = [];
  const meddler = await startMeddler(target, ({ method = "" }) => void methods.push(method));
  t.after(() => meddler.stop());
  return async (readOnly) => {
    methods.length = 0;
    const driver = await openDriver(name, parametersFor(meddler.url), { warn() {}, readOnly });
    assert.equal(driver.conditional !== undefined, !readOnly);
    await driver.close();
    return [...methods];
  };
}

for (const [name, start] of Object.entries(STORES)) {
  test(name, async (t) => {
    const asked = await start(t);
    const isRead = (method: string) => ["GET", "HEAD"].includes(method);
    assert.ok(!(await asked(false)).every(isRead), "it writes where it may");
    const methods = await asked(true);
    assert.ok(methods.length > 0 && methods.every(isRead), methods.join());
  });
}

test("filesystem", async (t) => {
  const { path, remove } = await temporaryDirectory();
  t.after(remove);
  const nowhere = openDriver("filesystem", { rootdirectory: join(path, "nowhere") }, { warn() {}, readOnly: true });
  await assert.rejects(nowhere, { name: "DriverError" });
  await mkdir(join(path, "there"));
  await (await openDriver("filesystem", { rootdirectory: join(path, "there") }, { warn() {}, readOnly: true })).close();
  assert.deepEqual(await readdir(path, { recursive: true }), ["there"]);
});
