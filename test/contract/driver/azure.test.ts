import { blobsIn, openOnAzurite } from "../../support/azure.ts";
import { startAzurite } from "../../support/azurite.ts";
import { driverContract } from "./suite.ts";

driverContract("azure", async () => {
  const azurite = await startAzurite();
  const open = () => openOnAzurite(azurite, { parameters: { rootdirectory: "/some/root" } });
  const [driver, second] = await Promise.all([open(), open()]);
  return {
    driver,
    second,
    // Azurite sorts all that it holds for each change of it.
    manyKeys: 300,
    refuses: /[\\\n\uffff]/,
    leftovers: () => blobsIn(azurite, "some/root/moorage/"),
    async close() {
      await Promise.all([driver.close(), second.close()]);
      await azurite.stop();
    },
  };
});
