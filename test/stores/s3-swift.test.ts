import { driverContract } from "../contract/driver/suite.ts";
import { s3Subject } from "../support/s3.ts";
import { storeServer } from "../support/stores.ts";
import { SWIFT_S3_DEVIATIONS } from "./deviations.ts";
import { SWIFT } from "./servers.ts";

const authurl = await storeServer(SWIFT);
if (authurl) {
  const account = { endpoint: new URL(authurl).origin, accesskey: "test:tester", secretkey: "testing" };
  driverContract("s3 on OpenStack Swift", async () => ({
    ...(await s3Subject(account)),
    deviations: SWIFT_S3_DEVIATIONS,
  }));
}
