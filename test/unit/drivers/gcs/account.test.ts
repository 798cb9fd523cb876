import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { openAccount } from "../../../../drivers/gcs/account.ts";
import { gcsParameters } from "../../../../drivers/gcs/config.ts";
import { CREDENTIALS } from "../../../support/gcs.ts";

const accountOf = (more: object) => openAccount(gcsParameters.parse({ bucket: "bucket", ...more }));

test("requests carry a token", async () => {
  const { storage, connection, hasCredentials } = await accountOf({ credentials: CREDENTIALS });
  mock.method(storage.authClient, "getRequestHeaders", async () => new Headers({ authorization: "Bearer token" }));
  assert.deepEqual(await connection.authorize(), { authorization: "Bearer token" });
  assert.equal(connection.endpoint.href, "https://storage.googleapis.com/");
  assert.equal(hasCredentials, true);
});

test("over plain http there is no token, also if there could be one", async () => {
  const { storage, connection, hasCredentials } = await accountOf({ apiendpoint: "http://127.0.0.1:1" });
  mock.method(storage.authClient, "getRequestHeaders", assert.fail);
  assert.deepEqual(await connection.authorize(), {});
  assert.equal(hasCredentials, false);
});

test("an endpoint over https is signed in to", async () => {
  const { storage, connection } = await accountOf({ apiendpoint: "https://storage-x.p.googleapis.com" });
  mock.method(storage.authClient, "getRequestHeaders", async () => new Headers({ authorization: "Bearer token" }));
  assert.deepEqual(await connection.authorize(), { authorization: "Bearer token" });
  assert.equal(connection.endpoint.hostname, "storage-x.p.googleapis.com");
});

test("the User-Agent tells who it is, after what is configured", async () => {
  assert.equal((await accountOf({})).connection.userAgent, "moorage");
  assert.equal((await accountOf({ useragent: "fleet/7" })).connection.userAgent, "fleet/7 moorage");
});
