/** The contract with tokens instead of a key: signed URLs are then made with a key that Azure delegates. Needs TLS. */
import { test } from "node:test";
import { driverContract } from "../contract/driver/suite.ts";
import { blobsIn, openOnAzurite } from "../support/azure.ts";
import type { Azurite } from "../support/azurite.ts";
import { credential, startWithTls, tokensMissing } from "./azurite-tokens.ts";

const open = (azurite: Azurite, skipverify: boolean) =>
  openOnAzurite(azurite, {
    credential,
    parameters: { credentials: { type: "default_credentials" }, accountkey: "", skipverify },
  });

if (tokensMissing) test("azure with tokens", { skip: tokensMissing }, () => {});
else {
  driverContract("azure with tokens", async () => {
    const azurite = await startWithTls();
    const [driver, second] = await Promise.all([open(azurite, false), open(azurite, true)]);
    return {
      driver,
      second,
      manyKeys: 300,
      refuses: /[\\\n\uffff]/,
      leftovers: () => blobsIn(azurite, "moorage/"),
      async close() {
        await Promise.all([driver.close(), second.close()]);
        await azurite.stop();
      },
    };
  });
}
