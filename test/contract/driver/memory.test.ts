import { Bucket } from "../../../drivers/memory/bucket.ts";
import { createMemoryDriver } from "../../../drivers/memory/driver.ts";
import { driverContract } from "./suite.ts";

const limits = { minPartSize: 100_000, maxPartSize: 5_000_000, maxParts: 100 };

driverContract("inmemory", async () => {
  const bucket = new Bucket();
  const driver = createMemoryDriver({ bucket, limits });
  return {
    driver,
    second: createMemoryDriver({ bucket, limits }),
    leftovers: async () => [...bucket.uploads.keys()],
    close: () => driver.close(),
  };
});
