import { driverContract } from "../contract/driver/suite.ts";
import { s3Subject } from "../support/s3.ts";
import { storeServer } from "../support/stores.ts";
import { CEPH_DEVIATIONS } from "./deviations.ts";
import { CEPH } from "./servers.ts";

const endpoint = await storeServer(CEPH);
if (endpoint) {
  const account = { endpoint, accesskey: "test", secretkey: "testsecret" };
  driverContract("s3 on Ceph RGW", async () => ({ ...(await s3Subject(account)), deviations: CEPH_DEVIATIONS }));
}
