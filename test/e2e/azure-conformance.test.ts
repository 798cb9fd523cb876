/** The conformance suite on Azurite, Microsoft's own emulator of its blob service. */
import { test } from "node:test";
import { ACCOUNT, ACCOUNT_KEY, startAzurite } from "../support/azurite.ts";
import { assertConforms, CONFORMANCE_VERSIONS, REDIRECTS } from "./support/conformance.ts";
import { startMoorage } from "./support/moorage.ts";
import { missing } from "./support/tools.ts";

for (const version of CONFORMANCE_VERSIONS) {
  test(`OCI conformance ${version} on Azurite`, { skip: missing("conformance") }, async (t) => {
    const azurite = await startAzurite();
    t.after(azurite.stop);
    const { env, why } = REDIRECTS[version];
    t.diagnostic(why);
    const registry = await startMoorage(t, {
      driver: "azure",
      env: {
        REGISTRY_HTTP_SECRET: "the one process's secret, long enough",
        REGISTRY_STORAGE_AZURE_SERVICEURL: azurite.serviceUrl,
        REGISTRY_STORAGE_AZURE_ACCOUNTNAME: ACCOUNT,
        REGISTRY_STORAGE_AZURE_ACCOUNTKEY: ACCOUNT_KEY,
        REGISTRY_STORAGE_AZURE_CONTAINER: azurite.containerName,
        ...env,
      },
    });
    await assertConforms(t, version, registry.host);
  });
}
