/** What the driver does for OSS, bucket in the host name included, on a real store of the same protocol. */
import { driverContract } from "../contract/driver/suite.ts";
import { allNamesAreHere } from "../support/names.ts";
import { ossSubject } from "../support/oss.ts";
import { createBucket } from "../support/s3.ts";
import { storeServer } from "../support/stores.ts";
import { CEPH_DEVIATIONS } from "./deviations.ts";
import { CEPH } from "./servers.ts";

allNamesAreHere();

const endpoint = await storeServer(CEPH);
if (endpoint) {
  const account = { endpoint, accesskey: "test", secretkey: "testsecret" };
  driverContract("oss on Ceph RGW", async () => ({
    ...(await ossSubject(account, await createBucket(account), { minPartSize: 5 * 1024 ** 2 })),
    deviations: CEPH_DEVIATIONS,
  }));
}
