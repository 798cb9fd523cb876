/** What an operator reads when the container cannot be worked with, or not as one would like. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { azureRefusal, openOnAzurite } from "../../../support/azure.ts";
import { ACCOUNT, type Azurite, startAzurite } from "../../../support/azurite.ts";
import { type Meddle, type Meddler, startMeddler } from "../../../support/meddler.ts";

describe("opening an Azure container", () => {
  let azurite: Azurite;
  let meddler: Meddler;
  before(async () => {
    azurite = await startAzurite();
    meddler = await startMeddler(azurite.serviceUrl);
  });
  after(async () => {
    await meddler.stop();
    await azurite.stop();
  });

  const openWith = async (meddle: Meddle) => {
    meddler.meddle(meddle);
    const warnings: string[] = [];
    const serviceUrl = `${meddler.url}/${ACCOUNT}`;
    const driver = await openOnAzurite(azurite, { serviceUrl, warn: (message) => warnings.push(message) });
    await driver.close();
    return { driver, warnings };
  };
  const probes: Meddle = ({ method, url }) =>
    method === "PUT" && url?.includes("moorage/probe/") ? { kind: "answer", status: 201, headers: STAMP } : undefined;
  const STAMP = { etag: '"1"', "last-modified": new Date().toUTCString() };

  test("that is not there", async () => {
    await assert.rejects(openOnAzurite(azurite, { parameters: { container: "another" } }), {
      kind: "unexpected",
      message: /ContainerNotFound.*create the container, or correct storage\.azure\.container/,
    });
  });

  test("of another account", async () => {
    const serviceUrl = azurite.serviceUrl.replace(ACCOUNT, "another");
    await assert.rejects(openOnAzurite(azurite, { serviceUrl, parameters: { accountname: "another" } }), {
      kind: "unexpected",
      message: /correct storage\.azure\.accountname/,
    });
  });

  test("with a wrong key", async () => {
    const accountkey = Buffer.alloc(64).toString("base64");
    await assert.rejects(openOnAzurite(azurite, { parameters: { accountkey } }), {
      kind: "denied",
      message: /AuthorizationFailure.*check the key/,
    });
  });

  test("with a clock that is wrong, or without a role", async () => {
    const refusing = (code: string, detail: string) =>
      openWith(() => azureRefusal(403, code, `<AuthenticationErrorDetail>${detail}</AuthenticationErrorDetail>`));
    await assert.rejects(refusing("AuthenticationFailed", "Request date header too old: 'Thu, 1 Jan 1970'"), {
      kind: "denied",
      message: /set this machine's clock/,
    });
    await assert.rejects(refusing("AuthorizationPermissionMismatch", ""), {
      kind: "denied",
      message: /Storage Blob Data Contributor/,
    });
  });

  test("that lets everybody be the first", async () => {
    const { driver, warnings } = await openWith(probes);
    assert.equal(driver.conditional, undefined);
    assert.deepEqual(warnings, ["create-only writes are not used: the store lets them overwrite"]);
  });

  test("that does not know create-only writes, or is not to be written to", async () => {
    for (const status of [501, 400, 403]) {
      const { driver, warnings } = await openWith(({ method }) =>
        method === "PUT" ? { kind: "answer", status } : undefined,
      );
      assert.equal(driver.conditional, undefined);
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? "", /the store refused to create moorage\/probe\//);
    }
  });

  test("that is busy", async () => {
    await assert.rejects(
      openWith(({ method }) => (method === "PUT" ? { kind: "answer", status: 503 } : undefined)),
      { kind: "throttled" },
    );
  });
});
