/** Tokens that must open nothing: each is one step away from a good one. */
import assert from "node:assert/strict";
import { createPublicKey, type KeyObject } from "node:crypto";
import { test } from "node:test";
import { libtrustIdOf, thumbprintOf } from "../../../src/auth/tokens/key-id.ts";
import { issueCertificate, newKey } from "../../support/certificates.ts";
import { pushImage } from "../../support/registry-content.ts";
import { encode, publicJwk } from "../../support/tokens.ts";
import { ISSUER, inSet, openTokenWorld, root, rsaInSet, SERVICE, signer, tokenOf } from "./token-world.ts";

const evil = newKey("ec");
const evilRsa = newKey("rsa");
const evilEd = newKey("ed25519");
const pem = (key: KeyObject) => Buffer.from(createPublicKey(key).export({ format: "pem", type: "spki" }).toString());
const der = (key: KeyObject) => createPublicKey(key).export({ format: "der", type: "spki" });
const thumbprint = (key: KeyObject) => thumbprintOf(createPublicKey(key));
const libtrustId = (key: KeyObject) => libtrustIdOf(createPublicKey(key));
const leaf = issueCertificate({ name: "leaf", issuer: root });
const evilRoot = issueCertificate({ name: "root", ca: true });
const evilLeaf = issueCertificate({ name: "leaf", issuer: evilRoot });
const DAY = 24 * 3600;
const seconds = Math.floor(Date.now() / 1000);

const good = tokenOf();
const [header = "", payload = "", signature = ""] = good.split(".");
const otherClaims =
  tokenOf({ access: [{ type: "repository", name: "secret", actions: ["pull"] }] }).split(".")[1] ?? "";

const attacks: Readonly<Record<string, string>> = {
  // No signature, or none that anybody made.
  "alg none": tokenOf({ key: undefined, header: { alg: "none", kid: "in-set" } }),
  "alg None": tokenOf({ key: undefined, header: { alg: "None", kid: "in-set" } }),
  "alg nOnE, with a good signature of something else": `${encode({ alg: "nOnE", kid: "in-set" })}.${payload}.${signature}`,
  "no alg": `${encode({ kid: "in-set" })}.${payload}.${signature}`,
  "alg is a list": `${encode({ alg: ["EdDSA"], kid: "in-set" })}.${payload}.${signature}`,
  "signature cut off": `${header}.${payload}.`,
  "signature left out": `${header}.${payload}`,
  "signature of another": `${header}.${payload}.${tokenOf({ claims: { jti: "2" } }).split(".")[2]}`,
  "signature of zeros": `${header}.${payload}.${Buffer.alloc(64).toString("base64url")}`,
  "claims exchanged": `${header}.${otherClaims}.${signature}`,
  "one bit of the claims": `${header}.${Buffer.from(payload.replace(/^./, "f")).toString()}.${signature}`,
  "header exchanged": `${encode({ alg: "EdDSA", kid: "in-set", x: 1 })}.${payload}.${signature}`,

  // A public key taken for a shared secret.
  "HS256 with the PEM of a public key": tokenOf({ key: pem(rsaInSet), header: { alg: "HS256", kid: "rsa" } }),
  "HS256 with the DER of a public key": tokenOf({
    key: der(signer.key),
    header: { alg: "HS256", kid: thumbprint(signer.key) },
  }),
  "HS256 with the certificate": tokenOf({
    key: Buffer.from(signer.pem),
    header: { alg: "HS256", kid: libtrustId(signer.key) },
  }),
  "HS256 with the JWK": tokenOf({
    key: Buffer.from(JSON.stringify(publicJwk(inSet))),
    header: { alg: "HS256", kid: "in-set" },
  }),
  "HS256 with nothing": tokenOf({ key: Buffer.alloc(0), header: { alg: "HS256", kid: "in-set" } }),
  "HS256 with a shared key that the set has": tokenOf({
    key: Buffer.from("shared"),
    header: { alg: "HS256", kid: "shared" },
  }),
  "HS512 likewise": tokenOf({ key: Buffer.from("shared"), header: { alg: "HS512", kid: "shared" } }),

  // A key for another algorithm.
  "RS256 said of an Ed25519 key": tokenOf({ key: evilRsa, header: { alg: "RS256", kid: "in-set" } }),
  "EdDSA said of an RSA key": tokenOf({ key: evilEd, header: { alg: "EdDSA", kid: "rsa" } }),
  "ES256 said of an Ed25519 key": tokenOf({ key: evil, header: { alg: "ES256", kid: "in-set" } }),
  "PS256 with a key that is for RS256": tokenOf({ key: rsaInSet, header: { alg: "PS256", kid: "rsa" } }),
  "RS512 with a key that is for RS256": tokenOf({ key: rsaInSet, header: { alg: "RS512", kid: "rsa" } }),

  // Somebody else's key under a trusted name.
  "another key with the kid of the set": tokenOf({ key: evilEd, header: { kid: "in-set" } }),
  "another key with a trusted thumbprint": tokenOf({ key: evil, header: { kid: thumbprint(signer.key) } }),
  "another key with a trusted libtrust id": tokenOf({ key: evil, header: { kid: libtrustId(signer.key) } }),
  "another key with its own thumbprint": tokenOf({ key: evil, header: { kid: thumbprint(evil) } }),
  "a kid in upper case": tokenOf({ header: { kid: "IN-SET" } }),
  "a kid that is a path": tokenOf({ key: evil, header: { kid: "../../../../dev/null" } }),
  "a kid that is a URL": tokenOf({ key: evil, header: { kid: "http://127.0.0.1:1/key" } }),
  "a kid that is a query": tokenOf({ key: evil, header: { kid: "' OR 1=1 --" } }),
  "a kid like a property of objects": tokenOf({ key: evil, header: { kid: "__proto__" } }),
  "a kid that is a number": tokenOf({ header: { kid: 0 } }),
  "a kid that is a list": tokenOf({ header: { kid: ["in-set"] } }),
  "an empty kid": tokenOf({ header: { kid: "" } }),
  "no kid": tokenOf({ header: { kid: undefined } }),

  // Keys that the token brings along.
  "its own jwk": tokenOf({ key: evil, header: { jwk: publicJwk(evil) } }),
  "its own jwk with a trusted kid inside": tokenOf({
    key: evil,
    header: { jwk: { ...publicJwk(evil), kid: "in-set" } },
  }),
  "its own jwk beside a trusted kid": tokenOf({ key: evilEd, header: { jwk: publicJwk(evilEd), kid: "in-set" } }),
  "its own jwk with a trusted x5c": tokenOf({
    key: evil,
    header: { jwk: { ...publicJwk(evil), x5c: [signer.base64] } },
  }),
  "a trusted jwk that it did not sign with": tokenOf({ key: evil, header: { jwk: publicJwk(signer.key) } }),
  "a shared key as jwk": tokenOf({ key: Buffer.from("k"), header: { alg: "HS256", jwk: { kty: "oct", k: "aw" } } }),
  jku: tokenOf({ key: evil, header: { jku: "http://127.0.0.1:1/jwks.json", kid: "evil" } }),
  x5u: tokenOf({ key: evil, header: { x5u: "http://127.0.0.1:1/cert.pem", kid: "evil" } }),
  crit: tokenOf({ header: { kid: "in-set", crit: ["exp2"], exp2: 1 } }),
  "b64 false": tokenOf({ header: { kid: "in-set", crit: ["b64"], b64: false } }),

  // Certificates that the token brings along.
  "x5c that signs itself": tokenOf({
    key: evilLeaf.key,
    header: { x5c: [issueCertificate({ name: "leaf", key: evilLeaf.key }).base64] },
  }),
  "x5c of another root with the same name": tokenOf({
    key: evilLeaf.key,
    header: { x5c: [evilLeaf.base64, evilRoot.base64] },
  }),
  "x5c that the true root is added to": tokenOf({ key: evilLeaf.key, header: { x5c: [evilLeaf.base64, root.base64] } }),
  "x5c of a trusted certificate with another key": tokenOf({ key: evil, header: { x5c: [signer.base64] } }),
  "x5c of a trusted leaf, signed by another": tokenOf({ key: evil, header: { x5c: [leaf.base64, root.base64] } }),
  "x5c issued by a trusted leaf": tokenOf({
    key: evil,
    header: { x5c: [issueCertificate({ name: "x", issuer: leaf, key: evil }).base64, leaf.base64] },
  }),
  "x5c expired": tokenOf({
    key: evil,
    header: { x5c: [issueCertificate({ name: "x", issuer: root, key: evil, to: Date.now() - 1000 }).base64] },
  }),
  "a bad x5c beside a good kid": tokenOf({ header: { kid: "in-set", x5c: [evilLeaf.base64] } }),
  "an empty x5c beside a good kid": tokenOf({ header: { kid: "in-set", x5c: [] } }),

  // Good signatures under claims for others, or of another time.
  "another issuer": tokenOf({ claims: { iss: "somebody" } }),
  "an issuer that begins like ours": tokenOf({ claims: { iss: `${ISSUER}.evil` } }),
  "an issuer in capitals": tokenOf({ claims: { iss: ISSUER.toUpperCase() } }),
  "issuers in a list": tokenOf({ claims: { iss: [ISSUER] } }),
  "no issuer": tokenOf({ claims: { iss: undefined } }),
  "another audience": tokenOf({ claims: { aud: "other.example.com" } }),
  "an audience that begins like ours": tokenOf({ claims: { aud: `${SERVICE}.evil` } }),
  "an audience in capitals": tokenOf({ claims: { aud: SERVICE.toUpperCase() } }),
  "no audience": tokenOf({ claims: { aud: undefined } }),
  "an audience of nobody": tokenOf({ claims: { aud: [] } }),
  "an audience that is an object": tokenOf({ claims: { aud: { [SERVICE]: true } } }),
  expired: tokenOf({ claims: { exp: seconds - 61 } }),
  "no end": tokenOf({ claims: { exp: undefined } }),
  "an end that is a text": tokenOf({ claims: { exp: String(seconds + 300) } }),
  "an end that is none": tokenOf({ claims: { exp: null } }),
  "not yet": tokenOf({ claims: { nbf: seconds + DAY } }),
  "a start that is a text": tokenOf({ claims: { nbf: "0" } }),
  "a subject like a robot's": tokenOf({ claims: { sub: "robot:ci" } }),
  "a subject that breaks lines": tokenOf({ claims: { sub: "ann\n\u001b[31madmin" } }),
  "a subject that is none": tokenOf({ claims: { sub: { name: "ann" } } }),
  "a very long subject": tokenOf({ claims: { sub: "a".repeat(300) } }),
  "claims that are a list": `${header}.${encode([])}.${signature}`,

  // What is no token.
  "nothing but dots": "..",
  "one part": "eyJhbGciOiJub25lIn0",
  "five parts": `${good}.a.b`,
  "something after it": `${good}x`,
  "something before it": `x${good}`,
  JSON: '{"payload":"","signatures":[]}',
  "the header twice": `${header}.${header}.${payload}.${signature}`,
  "a token in a token": `${encode({ alg: "EdDSA", kid: "in-set", cty: "JWT" })}.${Buffer.from(good).toString("base64url")}.${signature}`,
  deep: `${Buffer.from(`${'{"alg":'.repeat(500)}1${"}".repeat(500)}`).toString("base64url")}.${payload}.${signature}`,
};

const access: Readonly<Record<string, unknown>> = {
  "another repository": [{ type: "repository", name: "a/c", actions: ["pull"] }],
  "a name above": [{ type: "repository", name: "a", actions: ["pull"] }],
  "a name below": [{ type: "repository", name: "a/b/c", actions: ["pull"] }],
  "in capitals": [{ type: "repository", name: "A/B", actions: ["pull"] }],
  "a pattern": [{ type: "repository", name: "a/*", actions: ["pull"] }],
  "a star for a name": [{ type: "repository", name: "*", actions: ["*"] }],
  "by way of the parent": [{ type: "repository", name: "a/c/../b", actions: ["pull"] }],
  "with an escape": [{ type: "repository", name: "a%2Fb", actions: ["pull"] }],
  "with a slash at the end": [{ type: "repository", name: "a/b/", actions: ["pull"] }],
  "with a space": [{ type: "repository", name: "a/b ", actions: ["pull"] }],
  "with a zero": [{ type: "repository", name: "a/b\0", actions: ["pull"] }],
  "another type": [{ type: "repository(plugin)", name: "a/b", actions: ["pull"] }],
  "type and name run together": [{ type: "repository:a/b", name: "", actions: ["pull"] }],
  "the catalogue": [{ type: "registry", name: "catalog", actions: ["*"] }],
  "a repository called catalog": [{ type: "registry", name: "a/b", actions: ["*"] }],
  "another action": [
    { type: "repository", name: "a/b", actions: ["list", "delete", "PULL", "pull,push", "pull ", ""] },
  ],
  "no actions": [{ type: "repository", name: "a/b", actions: [] }],
  "actions that are a text": [{ type: "repository", name: "a/b", actions: "pull" }],
  "an object": { type: "repository", name: "a/b", actions: ["pull"] },
  "a text": "repository:a/b:pull",
};

test("nothing gets in", async (t) => {
  const { as, http, log } = await openTokenWorld(t);
  await pushImage(as({ token: good }), "a/b", "v1");
  for (const [what, token] of Object.entries(attacks)) {
    await t.test(what, async () => {
      for (const path of ["/v2/", "/v2/a/b/manifests/v1"]) {
        const answer = await as({ token }).request("GET", path);
        assert.equal(answer.status, 401, answer.body.toString());
        assert.match(answer.header("www-authenticate"), /error="invalid_token"$/);
        assert.ok(!answer.body.toString().includes(token.slice(0, 40)));
      }
    });
  }
  for (const [what, claim] of Object.entries(access)) {
    await t.test(`access: ${what}`, async () => {
      const answer = await as({ token: tokenOf({ access: claim }) }).request("GET", "/v2/a/b/manifests/v1");
      assert.equal(answer.status, 401, answer.body.toString());
    });
  }
  await t.test("larger than any header", async () => {
    const answer = await as({ token: "x".repeat(40_000) })
      .request("GET", "/v2/")
      .catch(() => undefined);
    assert.ok(answer === undefined || [400, 431].includes(answer.status));
  });
  await t.test("in other places than the header", async () => {
    for (const path of [`/v2/a/b/manifests/v1?token=${good}`, `/v2/a/b/manifests/v1?access_token=${good}`]) {
      assert.equal((await http.request("GET", path)).status, 401);
    }
    for (const authorization of [
      `Basic ${Buffer.from(`x:${good}`).toString("base64")}`,
      `Bearer`,
      `Token ${good}`,
      `Bearer: ${good}`,
    ]) {
      assert.equal(
        (await http.request("GET", "/v2/", { headers: { authorization } })).status,
        401,
        authorization.slice(0, 10),
      );
    }
    assert.equal((await http.request("GET", "/v2/", { headers: { cookie: `token=${good}` } })).status, 401);
  });
  await t.test("two headers", async () => {
    const answer = await http.request("GET", "/v2/", {
      headers: { authorization: [`Bearer ${attacks["alg none"]}`, `Bearer ${good}`] },
    });
    assert.ok([400, 401].includes(answer.status));
  });
  await t.test("and nothing broke", () =>
    assert.deepEqual(
      log.filter(({ level }) => level === "error"),
      [],
    ),
  );
});

test("names of repositories are what they are: no way around in the path", async (t) => {
  const { as } = await openTokenWorld(t);
  await pushImage(
    as({ token: tokenOf({ access: [{ type: "repository", name: "secret/x", actions: ["pull", "push"] }] }) }),
    "secret/x",
    "v1",
  );
  const client = as({ token: good });
  for (const path of [
    "/v2/secret/x/manifests/v1",
    "/v2/a/b/../../secret/x/manifests/v1",
    "/v2/a/b/%2e%2e/%2e%2e/secret/x/manifests/v1",
    "/v2/a/b%2F..%2F..%2Fsecret%2Fx/manifests/v1",
    "/v2/a%2fb/manifests/v1",
    "/v2//secret/x/manifests/v1",
    "/v2/./secret/x/manifests/v1",
    "/v2/Secret/x/manifests/v1",
    "/v2/SECRET/X/manifests/v1",
    "/V2/secret/x/manifests/v1",
    "/v2/secret%2Fx/manifests/v1",
    "/v2/secret%252Fx/manifests/v1",
    "/v2/secret/x%00/manifests/v1",
    "/v2/secret/x;a/b/manifests/v1",
    "/v2/a/b/manifests/v1/../../../../secret/x/manifests/v1",
    "/v2/a/b/blobs/uploads/../../../../secret/x/manifests/v1",
    "/v2/a/b/manifests/..%2F..%2F..%2Fsecret%2Fx%2Fmanifests%2Fv1",
    "/v2/secret/x/tags/list",
    "/v2/secret/x/tags/list/",
    "http://evil.example.com/v2/secret/x/manifests/v1",
    "/v2/secret\\x/manifests/v1",
    "/v2/a/b/manifests/v1?repository=secret/x&name=secret/x",
  ]) {
    const answer = await client.request("GET", path);
    assert.ok([400, 401, 404].includes(answer.status), `${path}: ${answer.status}`);
    assert.ok(!answer.body.toString().includes("layers"), path);
  }
});
