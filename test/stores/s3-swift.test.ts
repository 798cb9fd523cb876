import { driverContract } from "../contract/driver/suite.ts";
import { registryContract } from "../contract/registry/suite.ts";
import { s3Subject } from "../support/s3.ts";
import { storeServer } from "../support/stores.ts";
import { PARTS_ARE_SHARED, SWIFT_S3_DEVIATIONS } from "./deviations.ts";
import { realStore, s3Store } from "./registry.ts";
import { SHORT_PART, SWIFT } from "./servers.ts";

const authurl = await storeServer(SWIFT);
if (authurl) {
  const account = { endpoint: new URL(authurl).origin, accesskey: "test:tester", secretkey: "testing" };
  const store = await s3Store(account, { minPartSize: SHORT_PART });
  driverContract("s3 on OpenStack Swift", async () => ({
    ...(await s3Subject(account)),
    // Little more than a page.
    manyKeys: 1100,
    deviations: SWIFT_S3_DEVIATIONS,
  }));
  registryContract("s3 on OpenStack Swift", realStore({ ...store, deviations: PARTS_ARE_SHARED }));
}
