/** What Azure refuses and Azurite allows: a blob that is of one type cannot be replaced by one of another. */
import type { IncomingMessage } from "node:http";
import type { ContainerClient } from "@azure/storage-blob";
import { azureRefusal } from "./azure.ts";
import type { Azurite } from "./azurite.ts";
import type { Meddling } from "./meddler.ts";

export function strictTypes(azurite: Azurite): (request: IncomingMessage) => Promise<Meddling | undefined> {
  return async ({ method, url = "", headers }) => {
    const target = blobNameOf(azurite, url);
    if (method !== "PUT" || target === undefined) return undefined;
    const source = headers["x-ms-copy-source"];
    const written =
      typeof source === "string"
        ? await typeOf(azurite.container, blobNameOf(azurite, source))
        : headers["x-ms-blob-type"];
    const found = await typeOf(azurite.container, target);
    if (written === undefined || found === undefined || written === found) return undefined;
    return refusal;
  };
}

const refusal = azureRefusal(409, "InvalidBlobType");

function blobNameOf({ serviceUrl, containerName }: Azurite, url: string): string | undefined {
  const { pathname, searchParams } = new URL(url, serviceUrl);
  const start = `${new URL(serviceUrl).pathname}/${containerName}/`;
  if (!pathname.startsWith(start) || searchParams.has("comp")) return undefined;
  return decodeURIComponent(pathname.slice(start.length));
}

async function typeOf(container: ContainerClient, name: string | undefined): Promise<string | undefined> {
  if (name === undefined || !(await container.getBlobClient(name).exists())) return undefined;
  return (await container.getBlobClient(name).getProperties()).blobType;
}
