/** Tokens that somebody made who is not their issuer, or that were meant for something else. */
import assert from "node:assert/strict";
import { createPublicKey, type JsonWebKey } from "node:crypto";
import { test } from "node:test";
import { hashSync } from "@node-rs/bcrypt";
import { openAuthWorld } from "../../support/auth-world.ts";
import { issueCertificate, newKey } from "../../support/certificates.ts";
import { AUDIENCE, startOidcIssuer } from "../../support/oidc-issuer.ts";
import { assertError } from "../../support/registry-http.ts";
import { makeToken, publicJwk, type TokenParts } from "../../support/tokens.ts";

const SUBJECT = "repo:acme/app:ref:refs/heads/main";

test("none of them is taken, and who asks for none is asked nothing", async (t) => {
  const [issuer, second, stranger] = await Promise.all([startOidcIssuer(t), startOidcIssuer(t), startOidcIssuer(t)]);
  const workload = (url: string) => `{issuer: "${url}", subject: "${SUBJECT}"}`;
  const world = await openAuthWorld(t, {
    auth: `htpasswd: {path: DIR/htpasswd}
tokenservice: {}
permissions: DIR/p.yml
oidc: {audience: "${AUDIENCE}", issuers: ["${issuer.url}", "${second.url}"]}`,
    files: {
      htpasswd: `alice:${hashSync("pw", 4)}\n`,
      "p.yml": `workloads: {a: ${workload(issuer.url)}, b: ${workload(second.url)}}\nrules: [{who: workload a, may: all, in: "**"}]\n`,
    },
  });
  const status = async (token: string) => (await world.as(`oidc:${token}`).request("GET", "/v2/")).status;
  assert.equal(await status(await issuer.token()), 200);
  assert.equal(await status(await second.token()), 200);

  const now = Math.floor(Date.now() / 1000);
  const forgery = ({ claims, ...parts }: Partial<TokenParts>) =>
    makeToken({
      key: newKey("rsa"),
      ...parts,
      header: { kid: "first", ...parts.header },
      claims: { iss: issuer.url, aud: AUDIENCE, sub: SUBJECT, iat: now, exp: now + 300, ...claims },
    });
  const mine = newKey("rsa");
  const certificate = issueCertificate({ name: "issuer", kind: "rsa" });
  const published = issuer.publicKeys[0] as JsonWebKey;
  const publicPem = createPublicKey({ key: published, format: "jwk" }).export({ format: "pem", type: "spki" });
  const good = await issuer.token();
  const [head = "", body = "", signature = ""] = good.split(".");
  const large = "a".repeat(30_000);

  const attempts: Readonly<Record<string, string>> = {
    "another key under the same name": forgery({}),
    "a name that nobody has": forgery({ header: { kid: "other" } }),
    "no name": forgery({ header: { kid: undefined } }),
    "a name that is no text": forgery({ header: { kid: { toString: "first" } } }),
    "a key that it brings along": forgery({ key: mine, header: { jwk: publicJwk(mine) } }),
    "a certificate that it brings along": forgery({ key: certificate.key, header: { x5c: [certificate.base64] } }),
    "the address of its keys": forgery({ key: mine, header: { jku: `${stranger.url}/keys` } }),
    "no signature": forgery({ key: undefined }),
    "no signature, in capitals": forgery({ key: undefined, header: { alg: "NONE" } }),
    "the public key as a secret": forgery({ key: Buffer.from(publicPem) }),
    "the published key as a secret": forgery({ key: Buffer.from(JSON.stringify(published)) }),
    "the signature of another token": `${head}.${Buffer.from(JSON.stringify({ iss: issuer.url })).toString("base64url")}.${signature}`,
    "a signature cut short": `${head}.${body}.${signature.slice(0, -4)}`,
    "one trusted issuer for another": await second.token({ iss: issuer.url }),
    "an issuer that is not trusted": await stranger.token(),
    "an issuer with a slash more": await issuer.token({ iss: `${issuer.url}/` }),
    "an issuer in a list": await issuer.token({ iss: [issuer.url] }),
    "another audience": await issuer.token({ aud: "https://other.example.com" }),
    "an audience that begins the same": await issuer.token({ aud: `${AUDIENCE}.evil.com` }),
    "no audience": await issuer.token({ aud: undefined }),
    "its time over": await issuer.token({ iat: now - 400, nbf: now - 400, exp: now - 61 }),
    "no end": await issuer.token({ exp: undefined }),
    "an end in words": await issuer.token({ exp: "never" }),
    "not yet": await issuer.token({ nbf: now + 120 }),
    "issued in the future": await issuer.token({ iat: now + 120 }),
    "no time of issue": await issuer.token({ iat: undefined }),
    "no subject": await issuer.token({ sub: undefined }),
    "an empty subject": await issuer.token({ sub: "" }),
    "a subject in a list": await issuer.token({ sub: [SUBJECT] }),
    "another kind of token": await issuer.token({}, { typ: "logout+jwt" }),
    "critical headers that nobody knows": forgery({ header: { crit: ["b64"], b64: false } }),
    "too large": await issuer.token({ large }),
    "not a token": "a.b.c",
    "nothing in it": "..",
    nothing: "",
  };
  for (const [what, token] of Object.entries(attempts)) {
    // Node refuses headers of more than 32 KiB before anybody reads them, so the form is the other way.
    if (what !== "too large") assert.equal(await status(token), 401, what);
    const form = { grant_type: "password", username: "oidc", password: token };
    const answer = await world.http.request("POST", "/auth/token", {
      body: new URLSearchParams(form).toString(),
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    assertError(answer, 401, "UNAUTHORIZED");
    assert.ok(token.length < 10 || !answer.body.includes(token), what);
  }
  assert.deepEqual(stranger.requests, [], "nobody else is asked for keys");
  const refusals = world.audit.filter(({ outcome }) => outcome === "refused");
  assert.ok(refusals.length >= Object.keys(attempts).length);
  assert.ok(refusals.every(({ reason = "" }) => reason !== ""));
  assert.ok(!JSON.stringify(world.audit).includes(signature));
  assert.equal(await status(await issuer.token({ aud: ["other", AUDIENCE] })), 200);
  const decorated = await issuer.token({}, { x5c: [certificate.base64], typ: "application/at+JWT" });
  assert.equal(await status(decorated), 200, "its certificates are for others");
  assert.equal(await status(await issuer.token({ iat: now + 30, nbf: now + 30 })), 200, "clocks differ");
});
