/** Jobs that log in with the token of their platform: which are let in, as whom, for what and for how long. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { hashSync } from "@node-rs/bcrypt";
import { decodeJwt } from "jose";
import { type AuthWorld, openAuthWorld } from "../../support/auth-world.ts";
import { AUDIENCE, type OidcIssuer, startOidcIssuer } from "../../support/oidc-issuer.ts";
import { pushImage } from "../../support/registry-content.ts";
import { type Answer, assertError } from "../../support/registry-http.ts";
import { createSleeplessRuntime, type SleeplessRuntime } from "../../support/sleepless-runtime.ts";
import { until } from "../../support/until.ts";

const permissionsFor = (issuer: string) => `
workloads:
  release:
    issuer: ${issuer}
    subject: repo:acme/app:ref:refs/tags/*
    claims: {repository_owner: acme}
  build:
    issuer: ${issuer}
    subject: repo:acme/*:ref:refs/heads/**
    claims: {repository_owner: [acme, acme-labs]}
  pod:
    issuer: ${issuer}
    subject: system:serviceaccount:ci:*
    claims: {kubernetes.io/namespace: ci, kubernetes.io/serviceaccount/name: builder}
groups: {ci: [workload build, workload pod]}
rules:
  - {who: group ci, may: push, in: acme/**}
  - {who: workload release, may: [push, tag-overwrite], in: "**"}
`;

interface Options {
  readonly service?: string | undefined;
  readonly runtime?: SleeplessRuntime;
  readonly permissions?: string;
  readonly issuers?: string;
}

async function openJobs(t: TestContext, issuer: OidcIssuer, options: Options = {}): Promise<AuthWorld> {
  const { service = "tokenservice: {}", issuers = issuer.url, runtime } = options;
  return await openAuthWorld(t, {
    auth: `htpasswd: {path: DIR/htpasswd}
${service}
permissions: DIR/p.yml
oidc:
  audience: ${AUDIENCE}
  issuers: [${issuers}]`,
    files: {
      htpasswd: `alice:${hashSync("pw", 4)}\n`,
      "p.yml": options.permissions ?? permissionsFor(issuer.url),
    },
    authRuntime: runtime,
  });
}

/** As `docker login -u oidc` sends it, and every client that knows Basic. */
const get = (world: AuthWorld, token: string, query = "") =>
  world.as(`oidc:${token}`).request("GET", `/auth/token?service=moorage${query}`);

const EXCHANGE = {
  grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
  subject_token_type: "urn:ietf:params:oauth:token-type:id_token",
};
const post = (world: AuthWorld, form: Record<string, string>) =>
  world.http.request("POST", "/auth/token", {
    body: new URLSearchParams(form).toString(),
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });

interface Issued {
  readonly token: string;
  readonly expires_in: number;
  readonly scope?: string;
  readonly issued_token_type?: string;
  readonly token_type?: string;
  readonly refresh_token?: string;
}

const issuedIn = (answer: Answer): Issued => {
  assert.equal(answer.status, 200, answer.body.toString());
  return answer.json<Issued>();
};

test("from the platform's token to the image, as docker does it", async (t) => {
  const issuer = await startOidcIssuer(t);
  const world = await openJobs(t, issuer);
  const query = "&account=oidc&client_id=docker&offline_token=true";
  const issued = issuedIn(await get(world, await issuer.token(), `${query}&scope=repository:acme/app:pull,push`));
  assert.equal(issued.refresh_token, undefined, "the login ends with the token");
  assert.equal(decodeJwt(issued.token).sub, "workload:build");
  await pushImage(world.as(issued), "acme/app", "v1");
  assertError(await world.as(issued).request("POST", "/v2/other/app/blobs/uploads/"), 403, "DENIED");
  const scoped = await get(world, await issuer.token(), "&scope=repository:other/app:pull,push");
  assert.deepEqual(decodeJwt(issuedIn(scoped).token).access, []);
  const [login] = world.audit.filter(({ event }) => event === "login");
  assert.deepEqual(login, {
    event: "login",
    outcome: "done",
    method: "oidc",
    user: "workload:build",
    address: "127.0.0.1",
    issuer: issuer.url,
    subject: "repo:acme/app:ref:refs/heads/main",
  });
  assert.ok(world.audit.some(({ event, user }) => event === "push" && user === "workload:build"));
});

test("RFC 8693: one token for another", async (t) => {
  const issuer = await startOidcIssuer(t);
  const world = await openJobs(t, issuer);
  const subject_token = await issuer.token();
  const scope = "repository:acme/app:pull,push repository:other/app:push";
  for (const subject_token_type of ["id_token", "jwt"].map((name) => `urn:ietf:params:oauth:token-type:${name}`)) {
    const issued = issuedIn(await post(world, { ...EXCHANGE, subject_token_type, subject_token, scope }));
    assert.equal(issued.issued_token_type, "urn:ietf:params:oauth:token-type:access_token");
    assert.equal(issued.token_type, "Bearer");
    assert.equal(issued.scope, "repository:acme/app:pull,list,push");
    assert.equal((await world.as(issued).request("POST", "/v2/acme/app/blobs/uploads/")).status, 202);
  }
  issuedIn(await post(world, { ...EXCHANGE, subject_token, audience: "moorage", access_type: "offline" }));
  const wrong: readonly Record<string, string>[] = [
    { ...EXCHANGE },
    { ...EXCHANGE, subject_token: `${subject_token}x` },
    { ...EXCHANGE, subject_token: await issuer.token({ sub: "repo:evil/app:ref:refs/heads/main" }) },
    { ...EXCHANGE, subject_token, subject_token_type: "urn:ietf:params:oauth:token-type:saml2" },
    { ...EXCHANGE, subject_token, requested_token_type: "urn:ietf:params:oauth:token-type:refresh_token" },
    { ...EXCHANGE, subject_token, actor_token: subject_token },
    { ...EXCHANGE, subject_token, audience: "another registry" },
    { grant_type: EXCHANGE.grant_type, subject_token },
  ];
  for (const form of wrong) {
    const answer = await post(world, form);
    assert.equal(answer.status, 400, answer.body.toString());
    assert.equal(answer.json<{ error: string }>().error, "invalid_request");
    assert.ok(!answer.body.includes(subject_token));
  }
});

test("POST by password as well, and Basic at the registry itself, with a token service or without", async (t) => {
  const issuer = await startOidcIssuer(t);
  const world = await openJobs(t, issuer);
  const form = { grant_type: "password", username: "oidc", password: await issuer.token() };
  assert.equal(decodeJwt(issuedIn(await post(world, { ...form, access_type: "offline" })).token).sub, "workload:build");
  await pushImage(world.as(`oidc:${await issuer.token()}`), "acme/app", "v1");
  const plain = await openJobs(t, issuer, { service: "" });
  await pushImage(plain.as(`oidc:${await issuer.token()}`), "acme/app", "v1");
  assert.equal((await plain.as("alice:pw").request("GET", "/v2/")).status, 200);
  assertError(await plain.as("oidc:pw").request("GET", "/v2/"), 401, "UNAUTHORIZED");
});

test("the first workload that fits is the one", async (t) => {
  const issuer = await startOidcIssuer(t);
  const world = await openJobs(t, issuer);
  const pod = { namespace: "ci", serviceaccount: { name: "builder" }, pod: { name: "x" } };
  const subjects: readonly (readonly [claims: Record<string, unknown>, workload: string | undefined])[] = [
    [{}, "build"],
    [{ sub: "repo:acme/app:ref:refs/tags/v1" }, "release"],
    [{ sub: "repo:acme/app:ref:refs/tags/v1:x" }, undefined],
    [{ sub: "repo:acme/app:ref:refs/heads/a:b" }, "build"],
    [{ sub: "repo:acme:ref:refs/heads/main" }, undefined],
    [{ sub: "xrepo:acme/app:ref:refs/heads/main" }, undefined],
    [{ repository_owner: "acme-labs" }, "build"],
    [{ repository_owner: "acm" }, undefined],
    [{ repository_owner: ["x", "acme"] }, "build"],
    [{ repository_owner: [] }, undefined],
    [{ repository_owner: { toString: "acme" } }, undefined],
    [{ repository_owner: undefined }, undefined],
    [{ sub: "system:serviceaccount:ci:builder", "kubernetes.io": pod }, "pod"],
    [{ sub: "system:serviceaccount:ci:builder", "kubernetes.io": { ...pod, namespace: "x" } }, undefined],
    [{ sub: "system:serviceaccount:ci:builder", "kubernetes.io": { namespace: "ci" } }, undefined],
    [{ sub: `repo:acme/${"a".repeat(600)}:ref:refs/heads/main` }, undefined],
  ];
  for (const [claims, workload] of subjects) {
    const answer = await get(world, await issuer.token(claims));
    const who = answer.status === 200 ? decodeJwt(answer.json<Issued>().token).sub : undefined;
    assert.equal(who, workload && `workload:${workload}`, JSON.stringify(claims));
    if (workload === undefined) assertError(answer, 401, "UNAUTHORIZED");
  }
  const refusal = world.audit.find(({ outcome, subject }) => outcome === "refused" && subject !== undefined);
  assert.equal(refusal?.subject, "repo:acme/app:ref:refs/tags/v1:x");
  assert.match(String(refusal?.reason), /no workload of the permissions fits/);
});

test("what a token gives ends with it", async (t) => {
  const runtime = createSleeplessRuntime();
  const issuer = await startOidcIssuer(t, { now: runtime.now });
  const world = await openJobs(t, issuer, { runtime });
  const token = await issuer.token({ exp: Math.floor(runtime.now() / 1000) + 120 });
  const issued = issuedIn(await get(world, token, "&scope=repository:acme/app:pull"));
  assert.equal(issued.expires_in, 120);
  const long = await issuer.token({ exp: Math.floor(runtime.now() / 1000) + 36_000 });
  assert.equal(issuedIn(await get(world, long)).expires_in, 300);
  const status = async () => [
    (await get(world, token)).status,
    (await world.as(`oidc:${token}`).request("GET", "/v2/")).status,
    (await world.as(issued).request("GET", "/v2/")).status,
  ];
  assert.deepEqual(await status(), [200, 200, 200]);
  runtime.pass(181_000);
  assert.deepEqual(await status(), [401, 401, 401]);
});

test("a workload that is taken out of the permissions is out, also with a token of ours", async (t) => {
  const issuer = await startOidcIssuer(t);
  const world = await openJobs(t, issuer);
  const token = await issuer.token();
  const issued = issuedIn(await get(world, token, "&scope=repository:acme/app:push"));
  await world.write("p.yml", permissionsFor(issuer.url).replaceAll("build", "other"));
  await until(
    "the new permissions count",
    async () => decodeJwt(issuedIn(await get(world, token)).token).sub !== "workload:build",
  );
  assertError(await world.as(issued).request("POST", "/v2/acme/app/blobs/uploads/"), 403, "DENIED");
});

test("permissions with a workload of somebody who is not asked are not taken", async (t) => {
  const issuer = await startOidcIssuer(t);
  await assert.rejects(
    openJobs(t, issuer, { permissions: permissionsFor("https://other.example.com") }),
    /the issuer of workload release, https:\/\/other\.example\.com, is not in auth\.oidc\.issuers/,
  );
});
