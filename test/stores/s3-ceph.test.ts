import { driverContract } from "../contract/driver/suite.ts";
import { PARTS_ARE_REPLACED, s3Subject } from "../support/s3.ts";
import { storeServer } from "../support/stores.ts";
import { CEPH } from "./servers.ts";

const EXACTLY = "Ceph completes an upload only with all the parts that it has";

const deviations = {
  ...PARTS_ARE_REPLACED,
  "parts without a receipt are dropped": EXACTLY,
  "what no store could put together is refused, and may be corrected": EXACTLY,
  "a completed upload is gone": "Ceph answers a second completion as it did the first",
};

const endpoint = await storeServer(CEPH);
if (endpoint) {
  const account = { endpoint, accesskey: "test", secretkey: "testsecret" };
  driverContract("s3 on Ceph RGW", async () => ({ ...(await s3Subject(account)), deviations }));
}
