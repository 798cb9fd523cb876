/** Copies between accounts of one's own, without a key. In a process of its own: Azurite here trusts what the process trusts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BlobServiceClient } from "@azure/storage-blob";
import { tokenSources } from "../../drivers/azure/sources.ts";
import { credential, startWithTls, tokensMissing } from "./azurite-tokens.ts";

test("an identity that may not sign lets Azure read with its token", { skip: tokensMissing }, async (t) => {
  const azurite = await startWithTls();
  t.after(azurite.stop);
  const service = new BlobServiceClient(azurite.serviceUrl, credential);
  const container = service.getContainerClient(azurite.containerName);
  await container.getBlockBlobClient("from").upload("bytes", 5);
  const { url, options } = await tokenSources(credential)(container.getBlobClient("from"));
  await container.getBlobClient("to").syncCopyFromURL(url, options);
  assert.equal((await container.getBlobClient("to").downloadToBuffer()).toString(), "bytes");
});
