import assert from "node:assert/strict";
import { test } from "node:test";
import { parseKeySet } from "../../../../src/auth/tokens/key-set.ts";
import { newKey } from "../../../support/certificates.ts";
import { publicJwk } from "../../../support/tokens.ts";

const set = (...keys: readonly object[]) => parseKeySet(JSON.stringify({ keys }));
const ec = publicJwk(newKey("ec"));

test("keys of a pair, with what is said about them", () => {
  const keys = set(
    { ...ec, kid: "one", alg: "ES256", use: "sig" },
    publicJwk(newKey("ed25519")),
    publicJwk(newKey("rsa")),
  );
  assert.deepEqual(
    keys.map(({ id, algorithm, key }) => [id, algorithm, key.asymmetricKeyType, key.type]),
    [
      ["one", "ES256", "ec", "public"],
      [undefined, undefined, "ed25519", "public"],
      [undefined, undefined, "rsa", "public"],
    ],
  );
});

test("what is for something else, or shared, or unknown, is left out", () => {
  const small = { kty: "RSA", e: "AQAB", n: Buffer.alloc(128, 0xff).toString("base64url") };
  for (const jwk of [
    { kty: "oct", k: "c2VjcmV0", alg: "HS256" },
    { ...ec, use: "enc" },
    { ...ec, key_ops: ["encrypt"] },
    { ...ec, kid: 7 },
    { ...ec, x: "AA" },
    { kty: "new", crv: "y" },
    { kty: "EC" },
    small,
  ]) {
    assert.deepEqual(set(jwk), [], JSON.stringify(jwk));
  }
});

test("a private key that somebody published by mistake is used for what it shows", () => {
  const [key] = set(newKey("ec").export({ format: "jwk" }) as object);
  assert.equal(key?.key.type, "public");
});

test("what is no set", () => {
  for (const text of [
    "",
    "[]",
    "{}",
    '{"keys":{}}',
    '{"keys":[1]}',
    "<html>",
    JSON.stringify({ keys: Array(101).fill(ec) }),
  ]) {
    assert.throws(() => parseKeySet(text), RangeError, text.slice(0, 20));
  }
  assert.deepEqual(set(), []);
});
