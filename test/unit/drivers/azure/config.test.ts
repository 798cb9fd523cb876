import assert from "node:assert/strict";
import { test } from "node:test";
import { azureParameters } from "../../../../drivers/azure/config.ts";

const KEY = Buffer.from("a key").toString("base64");
const V2 = { accountname: "account", accountkey: KEY, container: "container" };

const mistakes = (given: unknown) =>
  azureParameters.safeParse(given).error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];

test("what distribution 2.8 takes: a key, and nothing about credentials", () => {
  assert.deepEqual(azureParameters.parse(V2), {
    ...V2,
    credentials: {},
    realm: "core.windows.net",
    skipverify: false,
  });
});

test("what distribution 3 takes, as text or typed", () => {
  const credentials = { type: "client_secret", clientid: "client", tenantid: "tenant", secret: "secret" };
  const given = {
    ...V2,
    credentials,
    serviceurl: "https://account.blob.example.com",
    rootdirectory: "/registry",
    max_retries: "5",
    retry_delay: "100ms",
    skipverify: "true",
    connectionstring: "AccountName=account",
  };
  const parsed = azureParameters.parse(given);
  assert.deepEqual(parsed.credentials, credentials);
  assert.equal(parsed.skipverify, true);
  assert.deepEqual(azureParameters.parse({ ...given, credentials: JSON.stringify(credentials) }), parsed);
  assert.deepEqual(azureParameters.parse({ ...given, max_retries: -1, skipverify: true }).max_retries, -1);
  assert.deepEqual(azureParameters.parse({ ...V2, accountname: 12345 }).accountname, "12345");
});

test("mistakes are told with what to do, and without the values", () => {
  assert.deepEqual(mistakes({}), [
    "accountname: write the name of the storage account",
    "container: write the name of a container",
  ]);
  assert.deepEqual(mistakes({ accountname: "a", container: "c" }), [
    "credentials.type: write one of shared_key, client_secret, default_credentials, or an accountkey",
  ]);
  assert.deepEqual(mistakes({ ...V2, accountkey: "no base 64" }), [
    "accountkey: write the key as Azure shows it: this is not base64",
  ]);
  assert.deepEqual(mistakes({ ...V2, accountkey: undefined, credentials: { type: "shared_key" } }), [
    "accountkey: write the storage account's access key, or choose another credentials.type",
  ]);
  assert.deepEqual(mistakes({ ...V2, credentials: { type: "client_secret", clientid: "c" } }), [
    "credentials.tenantid: write it: client_secret needs it",
    "credentials.secret: write it: client_secret needs it",
  ]);
  assert.deepEqual(mistakes({ ...V2, credentials: { type: "managed" } }), [
    "credentials.type: write one of shared_key, client_secret, default_credentials",
  ]);
  assert.deepEqual(mistakes({ ...V2, credentials: { kind: "shared_key" } }), [
    "credentials: remove or correct kind (known here: type, clientid, tenantid, secret)",
  ]);
  assert.match(mistakes({ ...V2, bucket: "b" }).join(), /remove or correct bucket \(known here: accountname, /);
  assert.match(mistakes({ ...V2, serviceurl: "account.blob.example.com" }).join(), /serviceurl: write a URL, such as/);
  assert.deepEqual(
    mistakes({ ...V2, credentials: { type: "default_credentials" }, serviceurl: "http://127.0.0.1:10000/a" }),
    ["serviceurl: write an https URL: tokens do not travel over http"],
  );
});

test("an empty variable takes a value away", () => {
  const { serviceurl, rootdirectory } = azureParameters.parse({ ...V2, serviceurl: "", rootdirectory: "" });
  assert.deepEqual([serviceurl, rootdirectory], [undefined, undefined]);
});
