import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import type { DriverErrorKind } from "../../../../drivers/errors.ts";
import { gcsError } from "../../../../drivers/gcs/errors.ts";

const thrown = (name: string, message: string, more: object = {}) =>
  Object.assign(new Error(message), { name, ...more });

const CASES: readonly (readonly [DriverErrorKind, Error, RegExp])[] = [
  ["denied", thrown("GaxiosError", "invalid_grant: Invalid JWT", { status: 400 }), /check the key.*clock/],
  ["unavailable", thrown("GaxiosError", "no answer", { status: 503 }), /no answer/],
  ["unavailable", thrown("GaxiosError", "request failed, reason: getaddrinfo ENOTFOUND oauth2"), /ENOTFOUND/],
  ["denied", thrown("SigningError", "Permission 'iam.serviceAccounts.signBlob' denied"), /Token Creator/],
  ["denied", thrown("SigningError", "Cannot sign data without `client_email`."), /use a service account/],
  ["unavailable", thrown("Error", "socket hang up", { code: "ECONNRESET" }), /ECONNRESET/],
  ["unavailable", thrown("Error", "Parse Error", { code: "HPE_INVALID_CONSTANT" }), /HPE/],
  ["unexpected", thrown("TypeError", "a mistake of ours"), /a mistake of ours/],
];

test("what is thrown becomes a kind, and says what to do", () => {
  for (const [kind, error, said] of CASES) {
    const made = gcsError("head", "key", error);
    assert.equal(made.kind, kind, error.message);
    assert.match(made.message, said);
    assert.equal(gcsError("get", "other", made), made);
  }
});

test("what the library attaches to an error is not passed on", () => {
  const config = { headers: { authorization: "Bearer token" }, data: { assertion: "assertion" } };
  const made = gcsError("head", "key", thrown("GaxiosError", "no", { status: 403, config }));
  assert.doesNotMatch(inspect(made, { depth: 20, showHidden: true }), /token|assertion/);
});
