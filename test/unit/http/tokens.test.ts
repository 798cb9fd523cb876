/** Tokens of somebody else's token server, as distribution takes them and as it took them once. */
import assert from "node:assert/strict";
import { createPublicKey, type KeyObject } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { libtrustIdOf, thumbprintOf } from "../../../src/auth/tokens/key-id.ts";
import { openAuthWorld } from "../../support/auth-world.ts";
import { issueCertificate, newKey } from "../../support/certificates.ts";
import { pushImage } from "../../support/registry-content.ts";
import { assertError } from "../../support/registry-http.ts";
import { createSleeplessRuntime } from "../../support/sleepless-runtime.ts";
import { makeToken, publicJwk } from "../../support/tokens.ts";
import { until } from "../../support/until.ts";
import {
  ISSUER,
  inSet,
  keySet,
  openTokenWorld,
  REALM,
  root,
  rsaInSet,
  SERVICE,
  signer,
  tokenOf,
} from "./token-world.ts";

const idOf = (key: KeyObject, id: (key: KeyObject) => string | undefined) => id(createPublicKey(key));
const leaf = issueCertificate({ name: "leaf", issuer: root });
const rsaSigner = issueCertificate({ name: "rsa", kind: "rsa" });

const waysToNameTheKey: Readonly<Record<string, Parameters<typeof tokenOf>[0]>> = {
  "the kid of the key set": { key: inSet, header: { kid: "in-set" } },
  "a thumbprint of a key in the set": { key: inSet, header: { kid: idOf(inSet, thumbprintOf) } },
  "the kid of an RSA key": { key: rsaInSet, header: { kid: "rsa" } },
  "libtrust's id of a certificate's key": { key: signer.key, header: { kid: idOf(signer.key, libtrustIdOf) } },
  "RFC 7638's thumbprint of a certificate's key": { key: signer.key, header: { kid: idOf(signer.key, thumbprintOf) } },
  "libtrust's id of an RSA key": { key: rsaSigner.key, header: { kid: idOf(rsaSigner.key, libtrustIdOf) } },
  "x5c up to a root": { key: leaf.key, header: { x5c: [leaf.base64] } },
  "x5c with the certificate in the bundle": { key: signer.key, header: { x5c: [signer.base64], kid: "whatever" } },
  "jwk of a key that is trusted anyhow": { key: signer.key, header: { jwk: publicJwk(signer.key) } },
  "jwk with x5c": { key: leaf.key, header: { jwk: { ...publicJwk(leaf.key), x5c: [leaf.base64] } } },
};

for (const [way, parts] of Object.entries(waysToNameTheKey)) {
  test(`a good token: ${way}`, async (t) => {
    const { as } = await openTokenWorld(t, { files: { "bundle.pem": root.pem + signer.pem + rsaSigner.pem } });
    const client = as({ token: tokenOf(parts) });
    assert.equal((await client.request("GET", "/v2/")).status, 200);
    await pushImage(client, "a/b", "v1");
    assert.equal((await client.request("GET", "/v2/a/b/manifests/v1")).status, 200);
  });
}

test("without a token nothing is to be had, and the challenge says where to get one, for what", async (t) => {
  const { http } = await openTokenWorld(t);
  const challenges: readonly (readonly [method: string, path: string, scope: string | undefined])[] = [
    ["GET", "/v2/", undefined],
    ["GET", "/v2/_catalog", "registry:catalog:*"],
    ["GET", "/v2/a/b/manifests/v1", "repository:a/b:pull"],
    ["GET", "/v2/a/b/tags/list", "repository:a/b:pull"],
    ["PUT", "/v2/a/b/manifests/v1", "repository:a/b:pull,push"],
    ["POST", "/v2/a/b/blobs/uploads/?mount=sha256:x&from=c", "repository:a/b:pull,push"],
    ["DELETE", "/v2/a/b/manifests/v1", "repository:a/b:delete"],
  ];
  for (const [method, path, scope] of challenges) {
    const answer = await http.request(method, path);
    assertError(answer, 401, "UNAUTHORIZED");
    const expected = `Bearer realm="${REALM}",service="${SERVICE}"${scope === undefined ? "" : `,scope="${scope}"`}`;
    assert.equal(answer.header("www-authenticate"), expected);
  }
  const basic = await http.request("GET", "/v2/", { headers: { authorization: "Basic YTpi" } });
  assertError(basic, 401, "UNAUTHORIZED");
  assert.match(basic.header("www-authenticate"), /^Bearer /);
});

test("a token that says less is asked for more", async (t) => {
  const { as } = await openTokenWorld(t);
  const client = as({ token: tokenOf({ access: [{ type: "repository", name: "a/b", actions: ["pull"] }] }) });
  const answer = await client.request("POST", "/v2/a/b/blobs/uploads/");
  assertError(answer, 401, "UNAUTHORIZED");
  assert.match(answer.header("www-authenticate"), /scope="repository:a\/b:pull,push",error="insufficient_scope"$/);
  const entry = { Type: "repository", Class: "", Name: "a/b" };
  assert.deepEqual(answer.errors()[0]?.detail, [
    { ...entry, Action: "pull" },
    { ...entry, Action: "push" },
  ]);
  assert.equal((await client.request("GET", "/v2/")).status, 200);
  assertError(await client.request("GET", "/v2/a/b/manifests/v1"), 404, "MANIFEST_UNKNOWN");
});

test("a mount from where the token does not reach is asked for, since the token server may allow it", async (t) => {
  const { as } = await openTokenWorld(t);
  const client = as({ token: tokenOf() });
  const { digest } = await pushImage(client, "a/b", "v1");
  const mount = (from: string) => client.request("POST", `/v2/a/b/blobs/uploads/?mount=${digest}&from=${from}`);
  const answer = await mount("c/d");
  assertError(answer, 401, "UNAUTHORIZED");
  assert.match(
    answer.header("www-authenticate"),
    /scope="repository:a\/b:pull,push repository:c\/d:pull",error="insufficient_scope"$/,
  );
});

test("a star is every action, and the catalogue's star is the catalogue", async (t) => {
  const { as } = await openTokenWorld(t);
  const star = as({ token: tokenOf({ access: [{ type: "repository", name: "a/b", actions: ["*"] }] }) });
  await pushImage(star, "a/b", "v1");
  assert.equal((await star.request("DELETE", "/v2/a/b/manifests/v1")).status, 202);
  assertError(await star.request("GET", "/v2/_catalog"), 401, "UNAUTHORIZED");
  const catalog = as({ token: tokenOf({ access: [{ type: "registry", name: "catalog", actions: ["*"] }] }) });
  assert.deepEqual((await catalog.request("GET", "/v2/_catalog")).json(), { repositories: ["a/b"] });
});

test("a token may be good for several, for several registries, and name nobody", async (t) => {
  const { as } = await openTokenWorld(t);
  const token = tokenOf({
    claims: { aud: ["other", SERVICE], sub: "" },
    access: [
      { type: "repository", name: "a/b", actions: ["pull", "push"] },
      { type: "repository", class: "plugin", name: "c", actions: ["pull"] },
    ],
  });
  await pushImage(as({ token }), "a/b", "v1");
  assertError(await as({ token }).request("GET", "/v2/c/manifests/v1"), 404, "MANIFEST_UNKNOWN");
  for (const access of [null, undefined, [], [{ type: "repository", name: "a/b", actions: null }]]) {
    assert.equal((await as({ token: tokenOf({ access }) }).request("GET", "/v2/")).status, 200);
  }
});

test("clocks may differ by a minute, and a token that was good is not good for ever", async (t) => {
  const runtime = createSleeplessRuntime();
  const { as } = await openTokenWorld(t, { runtime });
  const status = async (token: string) => (await as({ token }).request("GET", "/v2/")).status;
  const early = tokenOf({ now: runtime.now() + 59_000 });
  assert.equal(await status(early), 200);
  assert.equal(await status(tokenOf({ now: runtime.now() + 62_000 })), 401);
  const token = tokenOf({ now: runtime.now() });
  assert.equal(await status(token), 200);
  runtime.pass(358_000);
  assert.equal(await status(token), 200);
  runtime.pass(3000);
  assert.equal(await status(token), 401);
});

test("keys and certificates that are taken out of the files count no more", async (t) => {
  const { as, write } = await openTokenWorld(t);
  const token = tokenOf();
  const status = async () => (await as({ token }).request("GET", "/v2/")).status;
  assert.equal(await status(), 200);
  const next = newKey();
  await write("jwks.json", keySet({ ...publicJwk(next), kid: "next" }));
  await until("the old key counts no more", async () => (await status()) === 401);
  assert.equal(
    (await as({ token: tokenOf({ key: next, header: { kid: "next" } }) }).request("GET", "/v2/")).status,
    200,
  );
});

async function serveKeys(t: TestContext) {
  let body = "";
  let status = 200;
  let requests = 0;
  const server = createServer((_, response) => {
    requests += 1;
    response.writeHead(status, { location: "/elsewhere" }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    publish(text: string, as = 200) {
      body = text;
      status = as;
    },
    requests: () => requests,
  };
}

test("keys at a URL: new ones are found when they are needed, others only now and then", async (t) => {
  const runtime = createSleeplessRuntime();
  const keys = await serveKeys(t);
  keys.publish(keySet({ ...publicJwk(inSet), kid: "in-set" }));
  const { as, authLog } = await openAuthWorld(t, {
    auth: `token: {realm: "${REALM}", service: ${SERVICE}, issuer: ${ISSUER}, jwks: "${keys.url}"}`,
    authRuntime: runtime,
  });
  const next = newKey();
  const status = async (parts: Parameters<typeof tokenOf>[0] = {}) =>
    (await as({ token: tokenOf({ now: runtime.now(), ...parts }) }).request("GET", "/v2/")).status;
  assert.equal(await status(), 200);
  assert.equal(keys.requests(), 1);

  // Whoever makes up names of keys makes us ask once in half a minute.
  runtime.pass(31_000);
  for (let i = 0; i < 20; i++) assert.equal(await status({ key: next, header: { kid: `made up ${i}` } }), 401);
  assert.equal(keys.requests(), 2);

  keys.publish(keySet({ ...publicJwk(next), kid: "next" }));
  assert.equal(await status({ key: next, header: { kid: "next" } }), 401);
  runtime.pass(31_000);
  assert.equal(await status({ key: next, header: { kid: "next" } }), 200);
  assert.equal(await status(), 401, "the old key is not there any more");

  // Trouble there does not become trouble here, for a day.
  for (const [text, code] of [
    ["x".repeat(300_000), 200],
    ["{}", 200],
    [keySet(), 200],
    ["", 500],
    ["", 302],
  ] as const) {
    keys.publish(text, code);
    runtime.pass(31_000);
    assert.equal(await status({ header: { kid: "unknown" } }), 401);
    assert.equal(await status({ key: next, header: { kid: "next" } }), 200);
  }
  assert.equal(authLog.filter(({ message }) => /cannot be fetched/.test(message)).length, 5);
  runtime.pass(25 * 3_600_000);
  assert.equal(await status({ header: { kid: "unknown" } }), 401);
  assert.equal(await status({ key: next, header: { kid: "next" } }), 401);
});

test("permissions take away from what a token says", async (t) => {
  const { as } = await openTokenWorld(t, {
    more: "permissions: DIR/p.yml",
    files: { "p.yml": "rules:\n  - {who: ann, may: pull, in: a/**}\n  - {who: anyone, may: pull, in: open/**}\n" },
  });
  const access = ["a/b", "c", "open/x"].map((name) => ({ type: "repository", name, actions: ["pull", "push"] }));
  const ann = as({ token: tokenOf({ access }) });
  assertError(await ann.request("GET", "/v2/a/b/manifests/v1"), 404, "MANIFEST_UNKNOWN");
  assertError(await ann.request("POST", "/v2/a/b/blobs/uploads/"), 403, "DENIED");
  assertError(await ann.request("GET", "/v2/c/manifests/v1"), 403, "DENIED");
  assertError(await as({ token: tokenOf({ access: [] }) }).request("GET", "/v2/a/b/manifests/v1"), 401, "UNAUTHORIZED");
  assertError(await as(undefined).request("GET", "/v2/open/x/manifests/v1"), 401, "UNAUTHORIZED");
});

test("the realm may be at the address that the client has used", async (t) => {
  const { http } = await openAuthWorld(t, {
    auth: `token: {service: s, issuer: i, rootcertbundle: DIR/b.pem, autoredirect: true}`,
    files: { "b.pem": root.pem },
  });
  const answer = await http.request("GET", "/v2/", { headers: { host: "registry.test:5000" } });
  assert.equal(answer.header("www-authenticate"), 'Bearer realm="http://registry.test:5000/auth/token",service="s"');
});

test("only the algorithms that are configured", async (t) => {
  const { as } = await openTokenWorld(t, { more: "  signingalgorithms: [ES256]" });
  assert.equal((await as({ token: tokenOf() }).request("GET", "/v2/")).status, 401);
  const es256 = tokenOf({ key: signer.key, header: { kid: idOf(signer.key, thumbprintOf) } });
  assert.equal((await as({ token: es256 }).request("GET", "/v2/")).status, 200);
});

test("makeToken makes what jose reads", async () => {
  const { jwtVerify } = await import("jose");
  for (const key of [inSet, rsaInSet, signer.key]) {
    await jwtVerify(makeToken({ key, claims: { a: 1 } }), createPublicKey(key));
  }
});
