/** The Azure driver on Azurite. */
import assert from "node:assert/strict";
import { azureParameters } from "../../drivers/azure/config.ts";
import { type AzureOptions, openAzureDriver } from "../../drivers/azure/driver.ts";
import type { DriverContext, StorageDriver } from "../../drivers/contract.ts";
import { ACCOUNT, ACCOUNT_KEY, type Azurite, startAzurite } from "./azurite.ts";
import { type Meddle, type Meddler, type Meddling, startMeddler } from "./meddler.ts";

/** With which the objects of tests are copied in both ways, and listings have pages. */
export const SMALL_LIMITS = { copyWhole: 150_000, copyBlock: 64_000, page: 100 };

export interface AzureSetting extends AzureOptions {
  /** Instead of Azurite's own. */
  readonly serviceUrl?: string | undefined;
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  readonly warn?: DriverContext["warn"] | undefined;
}

export function openOnAzurite(azurite: Azurite, setting: AzureSetting = {}): Promise<StorageDriver> {
  const { serviceUrl = azurite.serviceUrl, warn = assert.fail, limits = SMALL_LIMITS, credential } = setting;
  const parameters = azureParameters.parse({
    accountname: ACCOUNT,
    accountkey: ACCOUNT_KEY,
    container: azurite.containerName,
    serviceurl: serviceUrl,
    ...setting.parameters,
  });
  return openAzureDriver(parameters, { warn }, { limits, credential });
}

/** All that is there, committed. */
export async function blobsIn({ container }: Azurite, prefix: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of container.listBlobsFlat({ prefix })) names.push(name);
  return names;
}

export interface MeddledAzurite {
  readonly azurite: Azurite;
  /** Between it and the driver. */
  readonly meddler: Meddler;
  readonly driver: StorageDriver;
  stop(): Promise<void>;
}

export async function startMeddledAzurite(meddle?: (azurite: Azurite) => Meddle): Promise<MeddledAzurite> {
  const azurite = await startAzurite();
  const meddler = await startMeddler(azurite.serviceUrl, meddle?.(azurite));
  const driver = await openOnAzurite(azurite, { serviceUrl: meddler.url + new URL(azurite.serviceUrl).pathname });
  return {
    azurite,
    meddler,
    driver,
    async stop() {
      await driver.close();
      await meddler.stop();
      await azurite.stop();
    },
  };
}

/** As Azure says that it will not. `more` are further elements. */
export function azureRefusal(status: number, code: string, more = "") {
  return {
    kind: "answer",
    status,
    headers: { "x-ms-error-code": code, "content-type": "application/xml" },
    body: `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>No.</Message>${more}</Error>`,
  } as const satisfies Meddling;
}
