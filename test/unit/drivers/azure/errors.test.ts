import assert from "node:assert/strict";
import { test } from "node:test";
import { azureError } from "../../../../drivers/azure/errors.ts";
import type { DriverErrorKind } from "../../../../drivers/errors.ts";

const thrown = (name: string, message: string, more: object = {}) =>
  Object.assign(new Error(message), { name, ...more });

const CASES: readonly (readonly [DriverErrorKind, Error, RegExp])[] = [
  ["denied", thrown("AggregateAuthenticationError", "ChainedTokenCredential authentication failed."), /README/],
  ["denied", thrown("CredentialUnavailableError", "EnvironmentCredential is unavailable"), /README/],
  ["denied", thrown("AuthenticationRequiredError", "invalid_client: 7000215"), /correct storage\.azure\.credentials/],
  ["unavailable", thrown("AuthenticationRequiredError", "network_error: see"), /reaches Microsoft's login service/],
  ["unavailable", thrown("AuthenticationError", "no", { statusCode: 500 }), /500/],
  [
    "unavailable",
    thrown("RestError", "getaddrinfo ENOTFOUND x", { code: "ENOTFOUND" }),
    /accountname, realm or serviceurl/,
  ],
  ["unavailable", thrown("Error", "Data corruption failure: received less data than required"), /less data/],
  [
    "denied",
    thrown("RestError", "no", { statusCode: 403, code: "KeyBasedAuthenticationNotPermitted" }),
    /takes no keys/,
  ],
  ["key_invalid", thrown("RestError", "no", { statusCode: 400, code: "InvalidUri" }), /InvalidUri/],
  ["unexpected", thrown("TypeError", "a mistake of ours"), /a mistake of ours/],
  ["unexpected", thrown("RestError", "no", { statusCode: 418 }), /418/],
];

test("what is thrown becomes a kind, and says what to do", () => {
  for (const [kind, error, said] of CASES) {
    const made = azureError("head", "key", error);
    assert.equal(made.kind, kind, error.message);
    assert.match(made.message, said);
    assert.equal(azureError("get", "other", made), made);
  }
});
