/** Parameters of drivers that are maps: a variable may set all of one, or what is in it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { load, mistakesOf } from "./loading.ts";

const AZURE = {
  REGISTRY_HTTP_SECRET: "0123456789abcdef0123456789abcdef",
  REGISTRY_STORAGE: "azure",
  REGISTRY_STORAGE_AZURE_ACCOUNTNAME: "account",
  REGISTRY_STORAGE_AZURE_CONTAINER: "container",
};
const SIGN_IN = { type: "client_secret", clientid: "123", tenantid: "tenant", secret: "a secret" };

async function credentialsOf(environment: Readonly<Record<string, string>>, files = {}): Promise<unknown> {
  const { config } = await load({ environment, files });
  return (config.storage.driver.parameters as { credentials: unknown }).credentials;
}

test("one variable for each of its entries", async () => {
  const entries = Object.entries(SIGN_IN).map(([name, value]) => [
    `REGISTRY_STORAGE_AZURE_CREDENTIALS_${name.toUpperCase()}`,
    value,
  ]);
  assert.deepEqual(await credentialsOf({ ...AZURE, ...Object.fromEntries(entries) }), SIGN_IN);
});

test("one variable for all of it", async () => {
  const given = { ...AZURE, REGISTRY_STORAGE_AZURE_CREDENTIALS: JSON.stringify(SIGN_IN) };
  assert.deepEqual(await credentialsOf(given), SIGN_IN);
});

test("an entry in a file of its own", async () => {
  const { secret, ...others } = SIGN_IN;
  const given = {
    ...AZURE,
    REGISTRY_STORAGE_AZURE_CREDENTIALS: JSON.stringify(others),
    REGISTRY_STORAGE_AZURE_CREDENTIALS_SECRET_FILE: "DIR/secret",
  };
  assert.deepEqual(await credentialsOf(given, { secret: `${secret}\n` }), SIGN_IN);
});

test("entries whose names have several words", async () => {
  const key = "-----BEGIN PRIVATE KEY-----\\nAAAA";
  const credentials = await credentialsOf({
    REGISTRY_HTTP_SECRET: AZURE.REGISTRY_HTTP_SECRET,
    REGISTRY_STORAGE: "gcs",
    REGISTRY_STORAGE_GCS_BUCKET: "bucket",
    REGISTRY_STORAGE_GCS_CREDENTIALS_CLIENT_EMAIL: "registry@example.com",
    REGISTRY_STORAGE_GCS_CREDENTIALS_PRIVATE_KEY: key,
  });
  assert.deepEqual(credentials, { client_email: "registry@example.com", private_key: key.replace("\\n", "\n") });
});

test("a mistake does not show what is secret", async () => {
  const mistakes = await mistakesOf({
    environment: { ...AZURE, REGISTRY_STORAGE_AZURE_CREDENTIALS: '{type: managed, secret: "a secret"}' },
  });
  assert.match(mistakes.join(), /write one of shared_key, client_secret, default_credentials/);
  assert.doesNotMatch(mistakes.join(), /a secret/);
});
