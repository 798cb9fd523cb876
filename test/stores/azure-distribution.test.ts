/** One container, two registries: what CNCF distribution wrote to Azure is served here, and what was written here is served there. */
import { type TestContext, test } from "node:test";
import { startMoorage } from "../e2e/support/moorage.ts";
import type { Server } from "../e2e/support/servers.ts";
import { missing } from "../e2e/support/tools.ts";
import { strictTypes } from "../support/azure-types.ts";
import { ACCOUNT, ACCOUNT_KEY, type Azurite, startAzurite } from "../support/azurite.ts";
import { startMeddler } from "../support/meddler.ts";
import { pushInTurn, SECRET, startTheirs } from "./in-turn.ts";

/** 3 only: 2.8 speaks to Azure's own host names, and to no other. */
const DISTRIBUTION = "registry";

for (const rootdirectory of ["", "/some/root/"]) {
  const title = `pushes alternate between here and ${DISTRIBUTION}, below "${rootdirectory}"`;
  test(title, { skip: missing(DISTRIBUTION) }, async (t) => {
    const azurite = await startAzurite();
    t.after(azurite.stop);
    const ours = await startOurs(t, azurite, rootdirectory);
    const { serviceUrl, containerName: container } = azurite;
    const credentials = { type: "shared_key" };
    const azure = { accountname: ACCOUNT, accountkey: ACCOUNT_KEY, container, rootdirectory, credentials };
    // It signs URLs for https only.
    const redirect = { disable: true };
    const theirs = await startTheirs(t, DISTRIBUTION, { azure: { ...azure, serviceurl: serviceUrl }, redirect });
    await pushInTurn(ours, theirs);
  });
}

/**
 * As strict about the types of blobs as Azure is. distribution 3.1.1 could not live with that: it puts its append blobs
 * over block blobs, also over those of 2.8.
 */
async function startOurs(t: TestContext, azurite: Azurite, rootdirectory: string): Promise<Server> {
  const meddler = await startMeddler(azurite.serviceUrl, strictTypes(azurite));
  t.after(meddler.stop);
  return await startMoorage(t, {
    driver: "inmemory",
    env: {
      REGISTRY_HTTP_SECRET: SECRET,
      REGISTRY_STORAGE: "azure",
      REGISTRY_STORAGE_AZURE_SERVICEURL: meddler.url + new URL(azurite.serviceUrl).pathname,
      REGISTRY_STORAGE_AZURE_ACCOUNTNAME: ACCOUNT,
      REGISTRY_STORAGE_AZURE_ACCOUNTKEY: ACCOUNT_KEY,
      REGISTRY_STORAGE_AZURE_CONTAINER: azurite.containerName,
      REGISTRY_STORAGE_AZURE_ROOTDIRECTORY: rootdirectory,
    },
  });
}
