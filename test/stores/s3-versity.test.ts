import { driverContract } from "../contract/driver/suite.ts";
import { PARTS_ARE_REPLACED, s3Subject } from "../support/s3.ts";
import { storeServer } from "../support/stores.ts";
import { VERSITY } from "./servers.ts";

const COMPLETED_AGAIN = "a second completion is answered as the first was, whatever the parts";

const deviations = {
  ...PARTS_ARE_REPLACED,
  "a put holds its own against deletes of its neighbours": "a deletion takes the directory away from under a put",
  "odd names are names": "U+FFFF is listed as another character",
  "a completed upload is gone": COMPLETED_AGAIN,
  "every write makes an object young": "a copy of an object onto itself leaves its date",
};

const endpoint = await storeServer(VERSITY);
if (endpoint) {
  const account = { endpoint, accesskey: "test", secretkey: "testsecret" };
  driverContract("s3 on Versity S3 Gateway", async () => ({ ...(await s3Subject(account)), deviations }));
}
