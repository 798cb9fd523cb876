import assert from "node:assert/strict";
import { test } from "node:test";
import { gcsParameters } from "../../../../drivers/gcs/config.ts";
import { CREDENTIALS } from "../../../support/gcs.ts";

const BUCKET = { bucket: "bucket" };

const mistakes = (given: unknown) =>
  gcsParameters.safeParse(given).error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];

test("a bucket is enough", () => {
  assert.deepEqual(gcsParameters.parse(BUCKET), { ...BUCKET, maxconcurrency: 50 });
});

test("what distribution takes, as text or typed", () => {
  for (const [chunksize, maxconcurrency] of [
    ["5242880", "100"],
    [5_242_880, 100],
  ]) {
    const given = { ...BUCKET, keyfile: "/key.json", rootdirectory: "/r", chunksize, maxconcurrency, useragent: "ua" };
    const parsed = gcsParameters.parse(given);
    assert.deepEqual([parsed.chunksize, parsed.maxconcurrency], [5_242_880, 100]);
  }
  assert.equal(gcsParameters.parse({ ...BUCKET, maxconcurrency: 3 }).maxconcurrency, 25);
});

test("credentials are a map, or JSON, and their key may have lost its line breaks", () => {
  const flat = { ...CREDENTIALS, private_key: CREDENTIALS.private_key.replaceAll("\n", "\\n") };
  for (const credentials of [CREDENTIALS, flat, JSON.stringify(CREDENTIALS)]) {
    assert.deepEqual(gcsParameters.parse({ ...BUCKET, credentials }).credentials, CREDENTIALS);
  }
  assert.equal(gcsParameters.parse({ ...BUCKET, credentials: "" }).credentials, undefined);
});

test("mistakes are told with what to do, and without the values", () => {
  assert.deepEqual(mistakes({}), ["bucket: write the name of a bucket"]);
  assert.deepEqual(mistakes({ ...BUCKET, chunksize: 1_000_000 }), [
    "chunksize: write a multiple of 262144, or leave it out",
  ]);
  assert.deepEqual(mistakes({ ...BUCKET, keyfile: "/key.json", credentials: CREDENTIALS }), [
    "credentials: remove it, or keyfile: there can be one only",
  ]);
  assert.deepEqual(mistakes({ ...BUCKET, credentials: "secret" }), [
    "credentials: write the key of a service account: what its JSON file holds",
  ]);
  assert.deepEqual(mistakes({ ...BUCKET, credentials: { client_email: "a@b", private_key: "secret" } }), [
    "credentials.private_key: write the private key in PEM form",
  ]);
  assert.deepEqual(mistakes({ ...BUCKET, apiendpoint: "storage.example.com" }), [
    "apiendpoint: write a URL, such as https://storage.googleapis.com",
  ]);
  assert.match(mistakes({ ...BUCKET, container: "c" }).join(), /remove or correct container \(known here: bucket, /);
});
