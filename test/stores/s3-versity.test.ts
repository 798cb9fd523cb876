import { driverContract } from "../contract/driver/suite.ts";
import { s3Subject } from "../support/s3.ts";
import { storeServer } from "../support/stores.ts";
import { VERSITY_DEVIATIONS } from "./deviations.ts";
import { VERSITY } from "./servers.ts";

const endpoint = await storeServer(VERSITY);
if (endpoint) {
  const account = { endpoint, accesskey: "test", secretkey: "testsecret" };
  driverContract("s3 on Versity S3 Gateway", async () => ({
    ...(await s3Subject(account)),
    deviations: VERSITY_DEVIATIONS,
  }));
}
