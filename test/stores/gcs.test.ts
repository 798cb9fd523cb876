import { driverContract } from "../contract/driver/suite.ts";
import { registryContract } from "../contract/registry/suite.ts";
import { createBucket, gcsSubject, openOnGcs } from "../support/gcs.ts";
import { storeServer } from "../support/stores.ts";
import { realStore } from "./registry.ts";
import { FAKE_GCS } from "./servers.ts";

const endpoint = await storeServer(FAKE_GCS);
if (endpoint) {
  driverContract("gcs on fake-gcs-server", async () => ({
    ...(await gcsSubject(endpoint)),
    deviations: { "a signed URL for another object, or none, is worth nothing": "it does not look at signatures" },
  }));

  const open = async () => openOnGcs(endpoint, { bucket: await createBucket(endpoint) });
  registryContract("gcs on fake-gcs-server", realStore({ open }));
}
