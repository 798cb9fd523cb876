/** The keys of those who issue tokens to workloads: fetched, kept, looked at again, and from nowhere else. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { hashSync } from "@node-rs/bcrypt";
import type { GetOptions } from "../../../src/get-text.ts";
import { getText } from "../../../src/get-text.ts";
import { fetchKeysOf } from "../../../src/oidc-keys.ts";
import { isPrivateAddress } from "../../../src/private-addresses.ts";
import { openAuthWorld } from "../../support/auth-world.ts";
import { issueCertificate } from "../../support/certificates.ts";
import { AUDIENCE, type OidcIssuer, startOidcIssuer } from "../../support/oidc-issuer.ts";
import { createSleeplessRuntime } from "../../support/sleepless-runtime.ts";
import { temporaryDirectory } from "../../support/temp.ts";

async function openJobs(t: TestContext, issuer: OidcIssuer, runtime = createSleeplessRuntime()) {
  const world = await openAuthWorld(t, {
    auth: `htpasswd: {path: DIR/htpasswd}
permissions: DIR/p.yml
oidc: {audience: "${AUDIENCE}", issuers: "${issuer.url}"}`,
    files: {
      htpasswd: `alice:${hashSync("pw", 4)}\n`,
      "p.yml": `workloads: {job: {issuer: "${issuer.url}", subject: "**"}}\nrules: [{who: workload job, may: all, in: "**"}]\n`,
    },
    authRuntime: runtime,
  });
  const status = async (token: string) => (await world.as(`oidc:${token}`).request("GET", "/v2/")).status;
  return { ...world, runtime, status };
}

const startFor = async (t: TestContext) => {
  const runtime = createSleeplessRuntime();
  const issuer = await startOidcIssuer(t, { now: runtime.now });
  return { runtime, issuer };
};

test("keys are fetched once, new ones when they are needed, and old ones count no more", async (t) => {
  const { runtime, issuer } = await startFor(t);
  const { status } = await openJobs(t, issuer, runtime);
  const old = await issuer.token({ exp: Math.floor(runtime.now() / 1000) + 3600 });
  assert.equal(await status(old), 200);
  assert.deepEqual(issuer.requests, ["/.well-known/openid-configuration", "/keys"]);

  await issuer.rotate("second", { keep: true, algorithm: "ES256" });
  const next = await issuer.token();
  assert.equal(await status(next), 401, "it was looked for a moment ago");
  runtime.pass(31_000);
  assert.equal(await status(next), 200);
  assert.equal(await status(old), 200, "it is still published");
  assert.equal(issuer.requests.length, 4);

  await issuer.rotate("third", { algorithm: "EdDSA" });
  runtime.pass(31_000);
  assert.equal(await status(await issuer.token()), 200);
  assert.equal(await status(old), 401, "although it was good before");
  const asked = issuer.requests.length;
  for (let i = 0; i < 50; i++) assert.equal(await status(await issuer.token({}, { kid: `made up ${i}` })), 401);
  assert.ok(issuer.requests.length <= asked + 2, "whoever makes up names does not make us ask for each");
});

test("an issuer that is down: its keys go on for a day; and one that was never there comes when it does", async (t) => {
  const { runtime, issuer } = await startFor(t);
  const { status, authLog } = await openJobs(t, issuer, runtime);
  assert.equal(await status(await issuer.token()), 200);
  await issuer.stop();
  const kid = "unknown";
  for (let hour = 0; hour < 23; hour++) {
    runtime.pass(3_600_000);
    assert.equal(await status(await issuer.token({}, { kid })), 401, "a reason to look");
    assert.equal(await status(await issuer.token()), 200);
  }
  runtime.pass(2 * 3_600_000);
  await status(await issuer.token({}, { kid }));
  assert.equal(await status(await issuer.token()), 401);
  assert.ok(authLog.some(({ message }) => message.includes("count no more")));

  const late = await openJobs(t, issuer, runtime);
  assert.equal(await late.status(await issuer.token()), 401);
  await issuer.start();
  runtime.pass(31_000);
  assert.equal(await late.status(await issuer.token()), 200);
  assert.equal(await status(await issuer.token()), 200);
});

test("a slow issuer keeps no registry from starting, and those who need its keys wait together", async (t) => {
  const { runtime, issuer } = await startFor(t);
  const asked = Promise.withResolvers<void>();
  const answers = Promise.withResolvers<void>();
  issuer.answer = async (_, __, response) => {
    asked.resolve();
    await answers.promise;
    issuer.answer = undefined;
    response.writeHead(200).end(JSON.stringify({ issuer: issuer.url, jwks_uri: `${issuer.url}/keys` }));
  };
  const { as, status } = await openJobs(t, issuer, runtime);
  await asked.promise;
  assert.equal((await as("alice:pw").request("GET", "/v2/")).status, 200);
  const tokens = await Promise.all([1, 2, 3].map((jti) => issuer.token({ jti: String(jti) })));
  const waiting = Promise.all(tokens.map(status));
  answers.resolve();
  assert.deepEqual(await waiting, [200, 200, 200]);
  assert.equal(issuer.requests.length, 2);
});

test("documents that are not to be used: nobody is let in by them, and the log tells why", async (t) => {
  const stranger = await startOidcIssuer(t);
  const send = (document: unknown) => (_: string, __: unknown, response: { end(text: string): void }) =>
    response.end(JSON.stringify(document));
  const attempts: readonly (readonly [(issuer: OidcIssuer) => OidcIssuer["answer"], RegExp])[] = [
    [() => send({ issuer: stranger.url, jwks_uri: `${stranger.url}/keys` }), /its discovery document is that of/],
    [({ url }) => send({ issuer: `${url}/`, jwks_uri: `${stranger.url}/keys` }), /its discovery document is that of/],
    [({ url }) => send({ issuer: url, jwks_uri: "http://keys.example.com/keys" }), /no https URL/],
    [({ url }) => send({ issuer: url, jwks_uri: "file:///etc/passwd" }), /no https URL/],
    [({ url }) => send({ issuer: url, jwks_uri: "/keys" }), /no https URL/],
    [({ url }) => send({ issuer: url }), /has no issuer and jwks_uri/],
    [() => send([]), /has no issuer and jwks_uri/],
    [() => send("a".repeat(100_000)), /answers with more than 65536 bytes/],
    [
      () => (_, __, response) => response.writeHead(302, { location: `${stranger.url}/keys` }).end(),
      /answers with 302/,
    ],
    [() => (_, __, response) => response.writeHead(500).end(), /answers with 500/],
    [() => (_, __, response) => response.destroy(), /does not answer/],
    [({ url }) => send({ issuer: url, jwks_uri: `${url}/keys`, keys: [] }), /no key for signatures/],
  ];
  for (const [answer, reason] of attempts) {
    const { runtime, issuer } = await startFor(t);
    issuer.answer = answer(issuer);
    const { status, authLog } = await openJobs(t, issuer, runtime);
    assert.equal(await status(await issuer.token()), 401);
    assert.match(authLog.map(({ message }) => message).join("\n"), reason);
  }
  assert.deepEqual(stranger.requests, []);
});

test("an issuer outside does not send us around in our own network", async (t) => {
  const asked: GetOptions[] = [];
  const fetchFrom = (issuer: string, jwks_uri: string) =>
    fetchKeysOf({ issuer, ca: undefined, tokenFile: undefined }, async (options) => {
      asked.push(options);
      return JSON.stringify({ issuer, jwks_uri });
    });
  const isPublicOnly = async (issuer: string, jwks: string) => {
    await fetchFrom(issuer, jwks);
    return asked.at(-1)?.publicOnly;
  };
  assert.equal(await isPublicOnly("https://93.184.215.14", "https://10.0.0.1/keys"), true);
  assert.equal(await isPublicOnly("https://93.184.215.14/tenant", "https://93.184.215.14/keys"), false);
  assert.equal(await isPublicOnly("https://10.96.0.1", "https://172.18.0.2:6443/openid/v1/jwks"), false);

  const issuer = await startOidcIssuer(t);
  const limits = { publicOnly: true, maxBytes: 1000, timeoutMilliseconds: 1000 };
  for (const host of ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0x7f.1"]) {
    const url = new URL(`http://${host}:${new URL(issuer.url).port}/keys`);
    await assert.rejects(getText({ ...limits, url }), /private address/, host);
  }
  assert.deepEqual(issuer.requests, []);
});

test("private addresses", () => {
  const privates =
    "0.0.0.0 10.1.2.3 100.64.0.1 127.9.9.9 169.254.169.254 172.31.0.1 192.168.1.1 224.0.0.1 255.255.255.255";
  const privates6 = ":: ::1 fc00::1 fd00:ec2::254 fe80::1 ff02::1 ::ffff:10.0.0.1 ::ffff:a9fe:a9fe 64:ff9b::a00:1";
  for (const address of `${privates} ${privates6}`.split(" ")) assert.ok(isPrivateAddress(address), address);
  const publics = "1.1.1.1 172.32.0.1 100.128.0.1 192.0.2.1 223.255.255.255 2606:4700::1111 ::ffff:1.1.1.1";
  for (const address of publics.split(" ")) assert.ok(!isPrivateAddress(address), address);
});

test("an answer that drips is not waited for", async (t) => {
  const issuer = await startOidcIssuer(t);
  issuer.answer = (_, __, response) => {
    const timer = setInterval(() => response.write(" "), 10);
    response.once("close", () => clearInterval(timer));
  };
  await assert.rejects(
    getText({ url: new URL(issuer.url), maxBytes: 1e6, timeoutMilliseconds: 200 }),
    /breaks off|does not/,
  );
});

test("Kubernetes: an authority of its own, and a token before it shows its keys", async (t) => {
  const directory = await temporaryDirectory();
  t.after(directory.remove);
  const authority = issueCertificate({ name: "kubernetes", ca: true });
  const { pem: cert, keyPem: key } = issueCertificate({ name: "apiserver", issuer: authority, hosts: ["localhost"] });
  const issuer = await startOidcIssuer(t, { tls: { key, cert } });
  const url = issuer.url.replace("127.0.0.1", "localhost");
  const seen: unknown[] = [];
  issuer.answer = (path, request, response) => {
    seen.push(request.headers.authorization);
    if (request.headers.authorization !== "Bearer of the pod") return void response.writeHead(401).end();
    const isKeys = path === "/keys";
    response.end(JSON.stringify(isKeys ? { keys: issuer.publicKeys } : { issuer: url, jwks_uri: `${url}/keys` }));
  };
  const [ca, tokenFile] = ["ca.crt", "token"].map((name) => join(directory.path, name)) as [string, string];
  await writeFile(ca, authority.pem);
  await writeFile(tokenFile, "of the pod\n");
  assert.match(await fetchKeysOf({ issuer: url, ca, tokenFile }), /"kid":"first"/);
  assert.deepEqual(seen, ["Bearer of the pod", "Bearer of the pod"]);
  await assert.rejects(fetchKeysOf({ issuer: url, ca: undefined, tokenFile }), /does not answer/);
  assert.equal(seen.length, 2, "who cannot prove who it is gets no token");
});
