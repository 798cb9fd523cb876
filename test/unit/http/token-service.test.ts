/** Tokens of our own: who gets them, for what, and for how long. */
import assert from "node:assert/strict";
import { createPublicKey, type JsonWebKey } from "node:crypto";
import { type TestContext, test } from "node:test";
import { hashSync } from "@node-rs/bcrypt";
import { decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { libtrustIdOf, thumbprintOf } from "../../../src/auth/tokens/key-id.ts";
import { type AuthWorld, openAuthWorld, type Who } from "../../support/auth-world.ts";
import { issueCertificate, newKey } from "../../support/certificates.ts";
import { pushImage } from "../../support/registry-content.ts";
import { type Answer, assertError } from "../../support/registry-http.ts";
import { createSleeplessRuntime, type SleeplessRuntime } from "../../support/sleepless-runtime.ts";
import { until } from "../../support/until.ts";

const HOUR = 3_600_000;
const line = (name: string, password = "pw") => `${name}:${hashSync(password, 4)}\n`;
const PERMISSIONS = `
groups: {team-a: [alice, robot ci]}
robots: {ci: {expires: 2030-01-01T02:00:00Z}}
rules:
  - {who: anyone, may: pull, in: public/**}
  - {who: group team-a, may: push, in: team-a/**}
  - {who: alice, may: [tag-overwrite, delete], in: team-a/app}
  - {who: bob, may: list, in: "**"}
`;
const ALICE = "alice:pw";

interface Options {
  readonly service?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly runtime?: SleeplessRuntime;
  readonly permissions?: boolean;
}

async function openService(t: TestContext, { service = "{}", files, runtime, permissions = true }: Options = {}) {
  return await openAuthWorld(t, {
    auth: `htpasswd: {path: DIR/htpasswd}\ntokenservice: ${service}${permissions ? "\npermissions: DIR/p.yml" : ""}`,
    files: { htpasswd: ["alice", "bob", "ci"].map((name) => line(name)).join(""), "p.yml": PERMISSIONS, ...files },
    authRuntime: runtime,
  });
}

interface Issued {
  readonly token: string;
  readonly access_token: string;
  readonly expires_in: number;
  readonly issued_at: string;
  readonly refresh_token?: string;
  readonly scope?: string;
}

const get = (world: AuthWorld, who: Who, query: string) =>
  world.as(who).request("GET", `/auth/token?service=moorage${query}`);
const post = (world: AuthWorld, form: Record<string, string>) =>
  world.http.request("POST", "/auth/token", {
    body: new URLSearchParams({ service: "moorage", client_id: "test", ...form }).toString(),
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });
const issuedIn = (answer: Answer): Issued => {
  assert.equal(answer.status, 200, answer.body.toString());
  assert.equal(answer.header("cache-control"), "no-store");
  return answer.json<Issued>();
};
const accessIn = (answer: Answer) => decodeJwt(issuedIn(answer).token).access;
const refused = (answer: Answer, status: number, code: string, error: string) => {
  assert.equal(answer.status, status, answer.body.toString());
  assert.equal(answer.errors()[0]?.code, code);
  assert.equal(answer.json<{ error: string }>().error, error);
};

test("from the challenge to the image", async (t) => {
  const world = await openService(t);
  const challenge = await world.http.request("GET", "/v2/", { headers: { host: "registry.test:5000" } });
  assertError(challenge, 401, "UNAUTHORIZED");
  assert.equal(
    challenge.header("www-authenticate"),
    'Bearer realm="http://registry.test:5000/auth/token",service="moorage"',
  );
  const token = issuedIn(await get(world, ALICE, "&account=alice&scope=repository:team-a/app:pull,push"));
  assert.equal(token.token, token.access_token);
  assert.equal(token.expires_in, 300);
  assert.ok(Math.abs(Date.parse(token.issued_at) - Date.now()) < 10_000);
  assert.equal(token.refresh_token, undefined);
  await pushImage(world.as(token), "team-a/app", "v1");
  assert.equal((await world.as(token).request("GET", "/v2/")).status, 200);
});

test("a token has what was asked for and is allowed, in words that other registries know as well", async (t) => {
  const world = await openService(t);
  const ask = async (who: Who, ...scopes: readonly string[]) =>
    accessIn(await get(world, who, scopes.map((scope) => `&scope=${encodeURIComponent(scope)}`).join("")));
  const entry = (name: string, ...actions: readonly string[]) => ({ type: "repository", name, actions });
  assert.deepEqual(await ask(ALICE, "repository:team-a/app:pull"), [entry("team-a/app", "pull", "list")]);
  assert.deepEqual(await ask(ALICE, "repository:team-a/x:pull,push"), [entry("team-a/x", "pull", "list", "push")]);
  assert.deepEqual(await ask(ALICE, "repository:team-a/app:*"), [
    entry("team-a/app", "pull", "list", "push", "tag-overwrite", "delete"),
  ]);
  assert.deepEqual(await ask(ALICE, "repository:team-b/app:pull,push", "repository:public/x:pull,push"), [
    entry("public/x", "pull", "list"),
  ]);
  assert.deepEqual(await ask(ALICE, "repository:team-a/app:pull repository:team-a/x:push"), [
    entry("team-a/app", "pull", "list"),
    entry("team-a/x", "push"),
  ]);
  assert.deepEqual(await ask("bob:pw", "repository:team-a/app:pull"), [entry("team-a/app", "list")]);
  assert.deepEqual(await ask("ci:pw", "repository:team-a/app:pull,push,delete"), [
    entry("team-a/app", "pull", "list", "push"),
  ]);
  assert.deepEqual(await ask(ALICE, "repository(plugin):team-a/app:pull"), [
    { ...entry("team-a/app", "pull", "list"), class: "plugin" },
  ]);
  assert.deepEqual(await ask(ALICE), []);
  const useless = [
    "",
    ":",
    "::",
    "repository",
    "repository:",
    "repository::pull",
    "repository:team-a/app",
    "repository:Team-A/app:pull",
    "repository:team-a/../team-b:pull",
    "repository:team-a%2Fapp:pull",
    "repository:team-a/app/:pull",
    "repository:team-a/*:pull",
    "registry:team-a/app:*",
    "Repository:team-a/app:pull",
    "repository:team-a/app:PULL",
    "repository:team-a/app:constructor",
    "repository:localhost:5000/team-a/app:pull",
    `repository:${"a".repeat(600)}:pull`,
  ];
  assert.deepEqual(await ask(ALICE, ...useless), []);
});

test("the catalogue: a part of it is a word that no other registry takes for the whole", async (t) => {
  const world = await openService(t);
  await pushImage(world.as(ALICE), "team-a/app", "v1");
  const scope = "&scope=registry:catalog:*";
  assert.deepEqual(accessIn(await get(world, ALICE, scope)), [
    { type: "registry", name: "catalog", actions: ["visible"] },
  ]);
  assert.deepEqual(accessIn(await get(world, "bob:pw", scope)), [
    { type: "registry", name: "catalog", actions: ["*"] },
  ]);
  const token = issuedIn(await get(world, ALICE, scope));
  assert.deepEqual((await world.as(token).request("GET", "/v2/_catalog")).json(), { repositories: ["team-a/app"] });
  const nobody = issuedIn(await get(world, undefined, scope));
  assert.deepEqual((await world.as(nobody).request("GET", "/v2/_catalog")).json(), { repositories: [] });
});

test("nobody gets a token for what anyone may, and is asked to log in for everything else", async (t) => {
  const world = await openService(t);
  assert.deepEqual(accessIn(await get(world, undefined, "&scope=repository:public/x:pull,push")), [
    { type: "repository", name: "public/x", actions: ["pull", "list"] },
  ]);
  assert.deepEqual(accessIn(await get(world, undefined, "")), []);
  const answer = await get(world, undefined, "&scope=repository:team-a/app:pull");
  refused(answer, 401, "UNAUTHORIZED", "invalid_grant");
  assert.equal(answer.header("www-authenticate"), 'Basic realm="Moorage"');
  refused(await get(world, "alice:wrong", "&scope=repository:public/x:pull"), 401, "UNAUTHORIZED", "invalid_grant");
  refused(await get(world, ":x", "&scope=repository:public/x:pull"), 401, "UNAUTHORIZED", "invalid_grant");
  issuedIn(await get(world, ":", "&scope=repository:public/x:pull"));
  refused(await get(world, { token: "x" }, "&scope=repository:public/x:pull"), 401, "UNAUTHORIZED", "invalid_grant");

  const token = issuedIn(await get(world, undefined, "&scope=repository:public/x:pull,push"));
  assertError(await world.as(token).request("GET", "/v2/public/x/manifests/v1"), 404, "MANIFEST_UNKNOWN");
  const push = await world.as(token).request("POST", "/v2/public/x/blobs/uploads/");
  assertError(push, 401, "UNAUTHORIZED");
  assert.match(push.header("www-authenticate"), /error="insufficient_scope"/);

  const closed = await openService(t, { permissions: false });
  for (const query of ["", "&scope=repository:a:pull", "&scope=registry:catalog:*"]) {
    refused(await get(closed, undefined, query), 401, "UNAUTHORIZED", "invalid_grant");
  }
});

test("who gets no token is told why, in words that docker does not take for trouble that may pass", async (t) => {
  const world = await openService(t);
  const reasonOf = (answer: Answer) => answer.errors()[0]?.message;
  const scope = "&scope=repository:team-a/app:pull";
  assert.equal(reasonOf(await get(world, undefined, scope)), "authentication required: log in for that");
  const wrong = "authentication required: the name or the password is wrong";
  assert.equal(reasonOf(await get(world, "alice:wrong", scope)), wrong);
  assert.equal(reasonOf(await get(world, "nobody:wrong", scope)), wrong);
  const ended = await post(world, { grant_type: "refresh_token", refresh_token: "x" });
  assert.equal(reasonOf(ended), "authentication required: the login has ended, log in again");
});

test("what a token says ends where the permissions end, when it is used", async (t) => {
  const world = await openService(t);
  const token = issuedIn(await get(world, ALICE, "&scope=repository:team-a/app:pull,push"));
  await world.write("p.yml", `${PERMISSIONS}  - {who: alice, may not: push, in: team-a/**}\n`);
  await until(
    "the new rules count",
    async () => (await world.as(token).request("POST", "/v2/team-a/app/blobs/uploads/")).status === 403,
  );
  assertError(await world.as(token).request("GET", "/v2/team-a/app/manifests/v1"), 404, "MANIFEST_UNKNOWN");
});

test("a token for less is asked for more, one for what is forbidden is told so", async (t) => {
  const world = await openService(t);
  const token = issuedIn(await get(world, ALICE, "&scope=repository:team-a/app:pull"));
  assertError(await world.as(token).request("POST", "/v2/team-a/app/blobs/uploads/"), 401, "UNAUTHORIZED");
  assertError(await world.as(token).request("POST", "/v2/team-b/app/blobs/uploads/"), 403, "DENIED");
});

test("passwords are good as they are, for clients that know nothing else", async (t) => {
  const world = await openService(t);
  await pushImage(world.as(ALICE), "team-a/app", "v1");
  assertError(await world.as("alice:wrong").request("GET", "/v2/"), 401, "UNAUTHORIZED");
});

test("POST: by password, and by refresh token from then on", async (t) => {
  const runtime = createSleeplessRuntime();
  const world = await openService(t, { runtime });
  const scope = "repository:team-a/app:pull,push repository:team-b/app:pull";
  const first = issuedIn(
    await post(world, { grant_type: "password", username: "alice", password: "pw", scope, access_type: "offline" }),
  );
  assert.equal(first.scope, "repository:team-a/app:pull,list,push,tag-overwrite");
  const refresh_token = first.refresh_token ?? assert.fail("no refresh token");
  for (let day = 0; day < 29; day++) {
    runtime.pass(24 * HOUR);
    const { access_token: token, refresh_token: again } = issuedIn(
      await post(world, { grant_type: "refresh_token", refresh_token, scope }),
    );
    assert.equal(again, undefined);
    assert.equal((await world.as({ token }).request("POST", "/v2/team-a/app/blobs/uploads/")).status, 202);
  }
  runtime.pass(25 * HOUR);
  refused(
    await post(world, { grant_type: "refresh_token", refresh_token, scope }),
    401,
    "UNAUTHORIZED",
    "invalid_grant",
  );
  const online = issuedIn(await post(world, { grant_type: "password", username: "alice", password: "pw", scope }));
  assert.equal(online.refresh_token, undefined);
});

test("as docker logs in: GET with offline_token", async (t) => {
  const world = await openService(t);
  const { refresh_token = "" } = issuedIn(
    await get(world, ALICE, "&account=alice&client_id=docker&offline_token=true"),
  );
  assert.deepEqual(
    accessIn(await post(world, { grant_type: "refresh_token", refresh_token, scope: "repository:team-a/x:pull" })),
    [{ type: "repository", name: "team-a/x", actions: ["pull", "list"] }],
  );
  assert.equal(issuedIn(await get(world, undefined, "&offline_token=true")).refresh_token, undefined);
});

test("a refresh token does not outlive the password, the user, or the robot's time", async (t) => {
  const runtime = createSleeplessRuntime();
  const world = await openService(t, { runtime });
  const refreshOf = async (who: string) => issuedIn(await get(world, who, "&offline_token=true")).refresh_token ?? "";
  const [alice, bob, ci] = await Promise.all([ALICE, "bob:pw", "ci:pw"].map(refreshOf));
  const status = async (refresh_token = "") =>
    (await post(world, { grant_type: "refresh_token", refresh_token })).status;
  assert.deepEqual([await status(alice), await status(bob), await status(ci)], [200, 200, 200]);
  await world.write("htpasswd", line("alice", "new") + line("ci"));
  await until("the new passwords count", async () => (await status(alice)) === 401);
  assert.equal(await status(bob), 401);
  // The hash of the robot's password is a new one, too.
  assert.equal(await status(ci), 401);
  const again = await refreshOf("ci:pw");
  assert.equal(await status(again), 200);
  runtime.pass(3 * HOUR);
  assert.equal(await status(again), 401);
});

test("a robot's token does not outlive the robot", async (t) => {
  const runtime = createSleeplessRuntime();
  const world = await openService(t, { runtime });
  runtime.pass(2 * HOUR - 90_000);
  const { token, expires_in } = issuedIn(await get(world, "ci:pw", "&scope=repository:team-a/x:pull"));
  assert.equal(expires_in, 90);
  assert.equal(decodeJwt(token).sub, "robot:ci");
  assertError(await world.as({ token }).request("GET", "/v2/team-a/x/manifests/v1"), 404, "MANIFEST_UNKNOWN");
  runtime.pass(91_000);
  assertError(await world.as({ token }).request("GET", "/v2/team-a/x/manifests/v1"), 403, "DENIED");
  refused(await get(world, "ci:pw", ""), 401, "UNAUTHORIZED", "invalid_grant");
});

test("tokens expire", async (t) => {
  const runtime = createSleeplessRuntime();
  const world = await openService(t, { runtime, service: "{accesstokenlifetime: 2m}" });
  const token = issuedIn(await get(world, ALICE, ""));
  assert.equal(token.expires_in, 120);
  runtime.pass(179_000);
  assert.equal((await world.as(token).request("GET", "/v2/")).status, 200);
  runtime.pass(2000);
  const answer = await world.as(token).request("GET", "/v2/");
  assertError(answer, 401, "UNAUTHORIZED");
  assert.match(answer.header("www-authenticate"), /error="invalid_token"/);
});

test("any replica issues, any verifies: what they share is the secret", async (t) => {
  const [one, two] = [await openService(t), await openService(t)];
  const token = issuedIn(await get(one, ALICE, "&offline_token=true"));
  assert.equal((await two.as(token).request("GET", "/v2/")).status, 200);
  const keys = async (world: AuthWorld) => (await world.http.request("GET", "/auth/jwks.json")).json();
  assert.deepEqual(await keys(one), await keys(two));
});

const ed = newKey("ed25519");
const ec = newKey("ec");
const pem = (key: typeof ed) => key.export({ format: "pem", type: "pkcs8" }).toString();
const publicPem = (key: typeof ed) => createPublicKey(key).export({ format: "pem", type: "spki" }).toString();
const withKeys = (...names: readonly string[]) => `{keyfiles: [${names.map((name) => `DIR/${name}`).join(", ")}]}`;

test("keys from files, their public halves for everybody who verifies", async (t) => {
  for (const [key, alg] of [
    [ed, "EdDSA"],
    [ec, "ES256"],
  ] as const) {
    const world = await openService(t, { service: withKeys("k.pem"), files: { "k.pem": pem(key) } });
    const { token } = issuedIn(await get(world, ALICE, ""));
    const answer = await world.http.request("GET", "/auth/jwks.json");
    assert.equal(answer.header("content-type"), "application/jwk-set+json");
    const [jwk, ...others] = answer.json<{ keys: (JsonWebKey & { kid: string })[] }>().keys;
    assert.deepEqual(others, []);
    assert.ok(jwk && !("d" in jwk));
    assert.deepEqual(decodeProtectedHeader(token), { alg, typ: "JWT", kid: thumbprintOf(createPublicKey(key)) });
    await jwtVerify(token, createPublicKey({ key: jwk, format: "jwk" }), { issuer: "moorage", audience: "moorage" });
  }
});

test("for distribution 2 a key may have libtrust's name, or bring its certificate", async (t) => {
  const certified = issueCertificate({ name: "tokens", key: ec });
  const world = await openService(t, {
    service: "{keyfiles: [DIR/k.pem], keyid: libtrust}",
    files: { "k.pem": certified.keyPem + certified.pem },
  });
  const header = decodeProtectedHeader(issuedIn(await get(world, ALICE, "")).token);
  assert.equal(header.kid, libtrustIdOf(createPublicKey(ec)));
  assert.deepEqual(header.x5c, [certified.base64]);
  assert.equal((await world.as(issuedIn(await get(world, ALICE, ""))).request("GET", "/v2/")).status, 200);
});

test("keys are exchanged without a gap: the first signs, all verify", async (t) => {
  const files = { "one.pem": pem(ed), "two.pem": publicPem(ec) };
  const world = await openService(t, { service: withKeys("one.pem", "two.pem"), files });
  const other = await openService(t, { service: withKeys("two.pem"), files: { "two.pem": pem(ec) } });
  const [old, next] = [issuedIn(await get(world, ALICE, "")), issuedIn(await get(other, ALICE, ""))];
  assert.equal((await world.as(next).request("GET", "/v2/")).status, 200, "the other replica has changed first");
  assert.equal((await other.as(old).request("GET", "/v2/")).status, 401);
  await world.write("one.pem", pem(ec));
  await world.write("two.pem", publicPem(ed));
  await until(
    "the new key signs",
    async () => decodeProtectedHeader(issuedIn(await get(world, ALICE, "")).token).alg === "ES256",
  );
  assert.equal((await world.as(old).request("GET", "/v2/")).status, 200);
  await world.write("two.pem", publicPem(ec));
  await until("the old key is gone", async () => (await world.as(old).request("GET", "/v2/")).status === 401);
});

test("keys that will not do are told by their file, and nothing of them", async (t) => {
  const rsa = newKey("rsa");
  const attempts: readonly (readonly [string, RegExp])[] = [
    [pem(rsa), /k.pem: its key is rsa: make one with/],
    [publicPem(ed), /k.pem has no private key, and the first one signs/],
    ["nothing", /there is no key in it/],
    [pem(ed).replace(/^[A-Za-z0-9+/=]+$/m, "AAAA"), /its key cannot be read/],
    [pem(ec) + issueCertificate({ name: "x" }).pem, /its first certificate is for another key/],
  ];
  for (const [text, reason] of attempts) {
    await assert.rejects(openService(t, { service: withKeys("k.pem"), files: { "k.pem": text } }), (error: Error) => {
      assert.match(error.message, reason);
      assert.ok(!error.message.includes(text.split("\n")[1] ?? "?"));
      return true;
    });
  }
});

test("one kind of token is not taken for the other, nor for that of another service", async (t) => {
  const world = await openService(t);
  const { token, refresh_token = "" } = issuedIn(await get(world, ALICE, "&offline_token=true"));
  assertError(await world.as({ token: refresh_token }).request("GET", "/v2/"), 401, "UNAUTHORIZED");
  refused(
    await post(world, { grant_type: "refresh_token", refresh_token: token }),
    401,
    "UNAUTHORIZED",
    "invalid_grant",
  );
  for (const service of ["{service: other}", "{issuer: other}"]) {
    const other = await openService(t, { service });
    const foreign = await (service.includes("service")
      ? other.as(ALICE).request("GET", "/auth/token?offline_token=true")
      : get(other, ALICE, "&offline_token=true"));
    const { token: foreignToken, refresh_token: foreignRefresh = "" } = issuedIn(foreign);
    assertError(await world.as({ token: foreignToken }).request("GET", "/v2/"), 401, "UNAUTHORIZED");
    refused(
      await post(world, { grant_type: "refresh_token", refresh_token: foreignRefresh }),
      401,
      "UNAUTHORIZED",
      "invalid_grant",
    );
  }
});

test("requests that make no sense", async (t) => {
  const world = await openService(t);
  refused(await world.as(ALICE).request("GET", "/auth/token?service=other"), 400, "UNSUPPORTED", "invalid_request");
  refused(
    await get(world, ALICE, `&scope=${Array(201).fill("repository:a:pull").join("+")}`),
    400,
    "UNSUPPORTED",
    "invalid_request",
  );
  for (const form of [{}, { grant_type: "magic" }, { grant_type: "client_credentials" }] as Record<string, string>[]) {
    refused(await post(world, form), 400, "UNSUPPORTED", "invalid_request");
  }
  refused(
    await post(world, { grant_type: "password", username: "alice", password: "" }),
    401,
    "UNAUTHORIZED",
    "invalid_grant",
  );
  refused(await post(world, { grant_type: "password", username: "alice" }), 401, "UNAUTHORIZED", "invalid_grant");
  refused(await post(world, { grant_type: "refresh_token", refresh_token: "x" }), 401, "UNAUTHORIZED", "invalid_grant");
  refused(
    await world.http.request("POST", "/auth/token", {
      body: '{"grant_type":"password"}',
      headers: { "content-type": "application/json" },
    }),
    400,
    "UNSUPPORTED",
    "invalid_request",
  );
  refused(
    await post(world, { grant_type: "password", username: "alice", password: "x".repeat(70_000) }),
    400,
    "UNSUPPORTED",
    "invalid_request",
  );
  const long = await post(world, { grant_type: "password", username: "a".repeat(300), password: "pw" });
  refused(long, 401, "UNAUTHORIZED", "invalid_grant");
  for (const path of ["/auth/token", "/auth/jwks.json"])
    assertError(await world.http.request("DELETE", path), 405, "UNSUPPORTED");
  for (const path of ["/auth/", "/auth/token/", "/auth/Token", "/auth/keys"])
    assertError(await world.http.request("GET", path), 404, "UNSUPPORTED");
});

test("guessing here is slowed as well", async (t) => {
  const world = await openService(t);
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => get(world, `bob:guess ${i}`, "")));
  const told = answers.filter(({ status }) => status === 429);
  assert.ok(told.length >= 12);
  assert.match(told[0]?.header("retry-after") ?? "", /^\d+$/);
  const posted = await post(world, { grant_type: "password", username: "bob", password: "guess" });
  assert.equal(posted.status, 429);
});

test("the audit log knows who logged in how", async (t) => {
  const world = await openService(t);
  const { refresh_token = "" } = issuedIn(await get(world, ALICE, "&offline_token=true"));
  await get(world, ALICE, "");
  await post(world, { grant_type: "refresh_token", refresh_token });
  await post(world, { grant_type: "refresh_token", refresh_token: "x" });
  assert.deepEqual(
    world.audit.map(({ outcome, method, user }) => [outcome, method, user]),
    [
      ["done", "password", "alice"],
      ["done", "refresh token", "alice"],
      ["refused", "refresh token", ""],
    ],
  );
});
