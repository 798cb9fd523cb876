import { driverContract } from "../contract/driver/suite.ts";
import { registryContract } from "../contract/registry/suite.ts";
import { s3Subject } from "../support/s3.ts";
import { storeServer } from "../support/stores.ts";
import { PARTS_ARE_SHARED, VERSITY_DEVIATIONS } from "./deviations.ts";
import { realStore, s3Store } from "./registry.ts";
import { VERSITY } from "./servers.ts";

const endpoint = await storeServer(VERSITY);
if (endpoint) {
  const account = { endpoint, accesskey: "test", secretkey: "testsecret" };
  const store = await s3Store(account);
  driverContract("s3 on Versity S3 Gateway", async () => ({
    ...(await s3Subject(account)),
    deviations: VERSITY_DEVIATIONS,
  }));
  registryContract("s3 on Versity S3 Gateway", realStore({ ...store, deviations: PARTS_ARE_SHARED }));
}
