/** The contract with tokens instead of a key: signed URLs are then made with a key that Azure delegates. Needs TLS. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as tls from "node:tls";
import { BlobServiceClient } from "@azure/storage-blob";
import { tokenSources } from "../../drivers/azure/sources.ts";
import { driverContract } from "../contract/driver/suite.ts";
import { makeCertificate } from "../deploy/support/certificates.ts";
import { temporaryDirectory } from "../e2e/support/directories.ts";
import { blobsIn, openOnAzurite } from "../support/azure.ts";
import { type Azurite, startAzurite } from "../support/azurite.ts";

/** Azurite looks at what a token says, not at who signed it. */
const credential = {
  async getToken() {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      aud: "https://storage.azure.com",
      iss: "https://sts.windows.net/11111111-2222-4333-8444-555555555555/",
      oid: "66666666-7777-4888-8999-aaaaaaaaaaaa",
      tid: "11111111-2222-4333-8444-555555555555",
      ...{ iat: now - 60, nbf: now - 60, exp: now + 3600 },
    };
    const [header, payload] = [{ alg: "RS256", typ: "JWT" }, claims].map((part) =>
      Buffer.from(JSON.stringify(part)).toString("base64url"),
    );
    return { token: `${header}.${payload}.c2ln`, expiresOnTimestamp: (now + 3600) * 1000 };
  },
};

async function startWithTls(): Promise<Azurite> {
  const { certificate, key } = await makeCertificate(temporaryDirectory(), ["127.0.0.1"]);
  // For Azurite too: it reads the sources of copies.
  tls.setDefaultCACertificates([...tls.getCACertificates("default"), readFileSync(certificate, "utf8")]);
  return await startAzurite({ certificate: { cert: certificate, key } });
}

const open = (azurite: Azurite, skipverify: boolean) =>
  openOnAzurite(azurite, {
    credential,
    parameters: { credentials: { type: "default_credentials" }, accountkey: "", skipverify },
  });

const reason = "setDefaultCACertificates" in tls ? false : "needs Node 24.5";
if (reason) test("azure with tokens", { skip: reason }, () => {});
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

  test("an identity that may not sign lets Azure read with its token", async (t) => {
    const azurite = await startWithTls();
    t.after(azurite.stop);
    const service = new BlobServiceClient(azurite.serviceUrl, credential);
    const container = service.getContainerClient(azurite.containerName);
    await container.getBlockBlobClient("from").upload("bytes", 5);
    const { url, options } = await tokenSources(credential)(container.getBlobClient("from"));
    await container.getBlobClient("to").syncCopyFromURL(url, options);
    assert.equal((await container.getBlobClient("to").downloadToBuffer()).toString(), "bytes");
  });
}
