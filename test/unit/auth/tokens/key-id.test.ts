import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { test } from "node:test";
import { calculateJwkThumbprint } from "jose";
import { idsOf, libtrustIdOf, thumbprintOf } from "../../../../src/auth/tokens/key-id.ts";
import { newKey } from "../../../support/certificates.ts";
import { publicJwk } from "../../../support/tokens.ts";

const keyOf = (jwk: Record<string, string>) => createPublicKey({ key: jwk, format: "jwk" });

test("RFC 7638 section 3.1", () => {
  const n =
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
  const key = keyOf({ kty: "RSA", n, e: "AQAB", alg: "RS256", kid: "2011-04-29" });
  assert.equal(thumbprintOf(key), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
});

test("RFC 8037 appendix A.3", () => {
  const key = keyOf({ kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
  assert.equal(thumbprintOf(key), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
});

test("as jose has it", async () => {
  for (const kind of ["ec", "ed25519", "rsa"] as const) {
    const jwk = publicJwk(newKey(kind));
    assert.equal(thumbprintOf(keyOf(jwk as Record<string, string>)), await calculateJwkThumbprint(jwk as never));
  }
});

test("libtrust's form", () => {
  const key = keyOf({ kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
  assert.match(libtrustIdOf(key), /^([A-Z2-7]{4}:){11}[A-Z2-7]{4}$/);
  assert.notEqual(libtrustIdOf(key), libtrustIdOf(createPublicKey(newKey("ed25519"))));
});

test("a coordinate that begins with a zero has a second name", () => {
  for (let tries = 0; tries < 5000; tries++) {
    const jwk = publicJwk(newKey("ec"));
    const begins = [jwk.x, jwk.y].some((text) => Buffer.from(String(text), "base64url")[0] === 0);
    const ids = idsOf(keyOf(jwk as Record<string, string>));
    assert.equal(ids.length, begins ? 3 : 2);
    if (begins) return;
  }
  assert.fail("no such key in 5000");
});
