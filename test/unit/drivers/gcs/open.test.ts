/** What an operator reads when the bucket cannot be worked with, or not as one would like. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { CREDENTIALS, createBucket, openOnGcs, startDouble } from "../../../support/gcs.ts";
import type { GcsDouble } from "../../../support/gcs-double/server.ts";
import { type Meddle, type Meddler, startMeddler } from "../../../support/meddler.ts";
import { temporaryDirectory } from "../../../support/temp.ts";

const forbidden = (what: string) =>
  ({
    kind: "answer",
    status: 403,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ error: { code: 403, message: `tests does not have ${what} access`, errors: [] } }),
  }) as const;

describe("opening a bucket of Cloud Storage", () => {
  let double: GcsDouble;
  let meddler: Meddler;
  let bucket: string;
  before(async () => {
    double = await startDouble();
    meddler = await startMeddler(double.url);
    bucket = await createBucket(double.url);
  });
  after(async () => {
    await meddler.stop();
    await double.stop();
  });

  const openWith = async (meddle: Meddle | undefined, parameters = {}) => {
    meddler.meddle(meddle);
    const warnings: string[] = [];
    const warn = (message: string) => warnings.push(message);
    const driver = await openOnGcs(meddler.url, { bucket, parameters, warn });
    await driver.close();
    return { driver, warnings };
  };

  test("that is not there", async () => {
    await assert.rejects(openOnGcs(double.url, { bucket: "another" }), {
      kind: "unexpected",
      message: /bucket does not exist.*create the bucket, or correct storage\.gcs\.bucket/,
    });
  });

  test("without the permission to list it, or a part of it", async () => {
    for (const part of ["docker%2Fregistry%2Fv2%2F", "moorage%2F"]) {
      const refuse: Meddle = ({ url }) =>
        url?.includes(`prefix=${part}`) ? forbidden("storage.objects.list") : undefined;
      await assert.rejects(openWith(refuse), { kind: "denied", message: /Storage Object User/ });
    }
  });

  test("without the permission to write", async () => {
    const { driver, warnings } = await openWith(({ method }) =>
      method === "POST" ? forbidden("storage.objects.create") : undefined,
    );
    assert.equal(driver.conditional, undefined);
    assert.match(warnings.join(), /the store refused to create moorage\/probe\//);
  });

  test("that lets everybody be the first", async () => {
    const resource = { size: "1", generation: "1", updated: new Date().toISOString() };
    const { driver, warnings } = await openWith(({ url }) =>
      url?.includes("ifGenerationMatch=0")
        ? { kind: "answer", status: 200, body: JSON.stringify(resource) }
        : undefined,
    );
    assert.equal(driver.conditional, undefined);
    assert.deepEqual(warnings, ["create-only writes are not used: the store lets them overwrite"]);
  });

  test("of an emulator that only a variable names", async (t) => {
    process.env.STORAGE_EMULATOR_HOST = double.url;
    t.after(() => delete process.env.STORAGE_EMULATOR_HOST);
    const { warnings } = await openWith(undefined, { apiendpoint: undefined });
    assert.deepEqual(warnings, [`requests go to ${double.url}, because STORAGE_EMULATOR_HOST says so`]);
  });

  test("without anything to sign with", async () => {
    const { driver, warnings } = await openWith(undefined, { credentials: undefined });
    assert.equal(driver.presign, undefined);
    assert.deepEqual(warnings, []);
  });

  test("with a key that is none", async () => {
    const pem = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    const { driver, warnings } = await openWith(undefined, { credentials: { ...CREDENTIALS, private_key: pem } });
    assert.equal(driver.presign, undefined);
    assert.match(warnings.join(), /these credentials cannot sign URLs/);
  });

  test("with a key file", async (t) => {
    const directory = await temporaryDirectory();
    t.after(directory.remove);
    const keyfile = join(directory.path, "key.json");
    const withKeyFile = () => openWith(undefined, { credentials: undefined, keyfile });
    await assert.rejects(withKeyFile(), { kind: "denied", message: /storage\.gcs\.keyfile: ENOENT: write the path/ });
    await writeFile(keyfile, "secret");
    await assert.rejects(withKeyFile(), { kind: "denied", message: /storage\.gcs\.keyfile: not JSON/ });
    await writeFile(keyfile, JSON.stringify(CREDENTIALS));
    assert.ok((await withKeyFile()).driver.presign);
  });
});
