import { driverContract } from "../contract/driver/suite.ts";
import { gcsSubject } from "../support/gcs.ts";
import { storeServer } from "../support/stores.ts";
import { FAKE_GCS } from "./servers.ts";

const endpoint = await storeServer(FAKE_GCS);
if (endpoint) {
  driverContract("gcs on fake-gcs-server", async () => ({
    ...(await gcsSubject(endpoint)),
    deviations: { "a signed URL for another object, or none, is worth nothing": "it does not look at signatures" },
  }));
}
