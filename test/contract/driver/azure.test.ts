import assert from "node:assert/strict";
import { type AzureParameters, azureParameters } from "../../../drivers/azure/config.ts";
import { openAzureDriver } from "../../../drivers/azure/driver.ts";
import { ACCOUNT, ACCOUNT_KEY, startAzurite } from "../../support/azurite.ts";
import { driverContract } from "./suite.ts";

/** So that the objects of the suite are copied in both ways, and listings have pages. */
const LIMITS = { copyWhole: 150_000, copyBlock: 64_000, page: 100 };

driverContract("azure", async () => {
  const azurite = await startAzurite();
  const parameters: AzureParameters = azureParameters.parse({
    accountname: ACCOUNT,
    accountkey: ACCOUNT_KEY,
    container: azurite.containerName,
    serviceurl: azurite.serviceUrl,
    rootdirectory: "/some/root",
  });
  const open = () => openAzureDriver(parameters, { warn: assert.fail }, { limits: LIMITS });
  const [driver, second] = await Promise.all([open(), open()]);
  return {
    driver,
    second,
    // Azurite sorts all that it holds for each change of it.
    manyKeys: 300,
    refuses: /[\\\n\uffff]/,
    async leftovers() {
      const names: string[] = [];
      for await (const { name } of azurite.container.listBlobsFlat({ prefix: "some/root/moorage/" })) names.push(name);
      return names;
    },
    async close() {
      await Promise.all([driver.close(), second.close()]);
      await azurite.stop();
    },
  };
});
