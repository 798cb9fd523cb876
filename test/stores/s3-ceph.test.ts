import assert from "node:assert/strict";
import { test } from "node:test";
import { driverContract } from "../contract/driver/suite.ts";
import { registryContract } from "../contract/registry/suite.ts";
import { startMeddler } from "../support/meddler.ts";
import { s3Subject } from "../support/s3.ts";
import { storeServer } from "../support/stores.ts";
import { CEPH_DEVIATIONS, PARTS_ARE_SHARED } from "./deviations.ts";
import { realStore, s3Store } from "./registry.ts";
import { CEPH, SHORT_PART } from "./servers.ts";

const endpoint = await storeServer(CEPH);
if (endpoint) {
  const account = { endpoint, accesskey: "test", secretkey: "testsecret" };
  const store = await s3Store(account, { minPartSize: SHORT_PART });
  driverContract("s3 on Ceph RGW", async () => ({ ...(await s3Subject(account)), deviations: CEPH_DEVIATIONS }));
  registryContract("s3 on Ceph RGW", realStore({ ...store, deviations: PARTS_ARE_SHARED }));

  test("Ceph is recognized, and asked to copy large objects in one call", async (t) => {
    const asked: string[] = [];
    const proxy = await startMeddler(endpoint, ({ method, url }) => void asked.push(`${method} ${url}`));
    t.after(proxy.stop);
    const { driver, close } = await s3Subject({ ...account, endpoint: proxy.url });
    t.after(close);
    await driver.put("large", Buffer.alloc(40 * 1024 ** 2));
    asked.length = 0;
    await driver.copy("large", "copy");
    assert.deepEqual(
      asked.map((call) => call.split(/ |\?/)[0]),
      ["HEAD", "PUT"],
    );
  });
}
