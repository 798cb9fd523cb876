import { driverContract } from "../contract/driver/suite.ts";
import { registryContract } from "../contract/registry/suite.ts";
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
}
