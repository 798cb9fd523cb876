/** Our token service beyond a login: refresh tokens, tokens that are not good, the catalogue, replicas, and keys that change. */
import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { hashSync } from "@node-rs/bcrypt";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { makeToken } from "../support/tokens.ts";
import { accountOf, basic, writeAccounts } from "./support/accounts.ts";
import { BALANCERS } from "./support/balancers.ts";
import { createClient } from "./support/clients.ts";
import { temporaryDirectory } from "./support/directories.ts";
import { dockerMissing, startDocker } from "./support/docker.ts";
import { createImageMaker } from "./support/images.ts";
import { imageId, writeDockerArchive } from "./support/layouts.ts";
import { type Moorage, startMoorage } from "./support/moorage.ts";
import { missing } from "./support/tools.ts";
import { until } from "./support/until.ts";

const RULES = `
rules:
  - {who: alice, may: all, in: team-a/**}
  - {who: bob, may: all, in: team-b/**}
`;

interface Keys {
  readonly directory: string;
  readonly settings: Readonly<Record<string, string>>;
}

const pem = (key: KeyObject) =>
  key.export({ format: "pem", type: key.type === "private" ? "pkcs8" : "spki" }).toString();

/** `first` signs, both verify. */
async function writeKeys(directory: string, first: KeyObject, second: KeyObject): Promise<void> {
  await writeFile(join(directory, "second.pem"), pem(second));
  await writeFile(join(directory, "first.pem"), pem(first));
}

async function prepareKeys(first: KeyObject, second: KeyObject): Promise<Keys> {
  const directory = temporaryDirectory();
  await writeKeys(directory, first, second);
  return {
    directory,
    settings: {
      REGISTRY_AUTH_TOKENSERVICE_KEYFILES_0: join(directory, "first.pem"),
      REGISTRY_AUTH_TOKENSERVICE_KEYFILES_1: join(directory, "second.pem"),
    },
  };
}

async function tokenFor(url: string, user: string, scope: string): Promise<string> {
  const response = await fetch(`${url}/auth/token?service=moorage&scope=${scope}`, {
    headers: { authorization: basic(accountOf(user)) },
  });
  assert.equal(response.status, 200);
  const { token } = (await response.json()) as { token: string };
  return token;
}

/** docker as alice has it, and an image that is in the daemon. */
async function startAlice(t: TestContext, reference: string) {
  const docker = await startDocker(t);
  const maker = createImageMaker("tokens");
  const layers = [maker.layer(), maker.layer()];
  const image = maker.image({ layers });
  const directory = temporaryDirectory();
  await writeDockerArchive(join(directory, "archive.tar"), [{ image, layers, tags: [reference] }]);
  await docker("load", "--input", join(directory, "archive.tar"));
  const { DOCKER_CONFIG = "" } = docker.options.env ?? {};
  const login = (host: string, password = accountOf("alice").password) =>
    docker.as({ ...docker.options, input: password })("login", "--username", "alice", "--password-stdin", host);
  const stored = async () => await readFile(join(DOCKER_CONFIG, "config.json"), "utf8");
  async function pull(): Promise<void> {
    await docker("rmi", "--force", imageId(image));
    await docker("pull", reference);
  }
  return { docker, login, stored, pull };
}

const requests = ({ log }: Moorage, line: RegExp) =>
  log()
    .split("\n")
    .filter((text) => line.test(text)).length;

test("docker keeps a refresh token instead of the password, for as long as that is good", {
  skip: dockerMissing(),
}, async (t) => {
  const accounts = await writeAccounts(["alice"]);
  const registry = await startMoorage(t, {
    env: { ...accounts, REGISTRY_AUTH_TOKENSERVICE: "{}", REGISTRY_LOG_ACCESSLOG_DISABLED: "false" },
  });
  const reference = `${registry.host}/team-a/app:v1`;
  const { docker, login, stored, pull } = await startAlice(t, reference);
  await login(registry.host);
  const { identitytoken, auth } = JSON.parse(await stored()).auths[registry.host];
  assert.equal(decodeProtectedHeader(identitytoken).typ, "refresh+jwt");
  assert.ok(!Buffer.from(auth, "base64").toString().includes(accountOf("alice").password));
  await docker("push", reference);
  await pull();
  const posted = () => requests(registry, /"POST \/auth\/token HTTP\/1.1" 200/);
  await until("the access log tells of tokens for the push and the pull", () => posted() >= 2);
  assert.equal(requests(registry, /"GET \/auth\/token/), 1, "at the login alone");

  await writeFile(accounts.REGISTRY_AUTH_HTPASSWD_PATH ?? "", `alice:${hashSync("another", 4)}\n`);
  const ended = /unauthorized: authentication required: the login has ended, log in again/;
  let refusal = "";
  await until("the new password counts", async () => {
    refusal = await docker("push", reference).then(() => "", String);
    return refusal !== "";
  });
  assert.match(refusal, ended);
  assert.doesNotMatch(refusal, /Retrying/);
  await assert.rejects(docker("pull", reference), ended);
  await login(registry.host, "another");
  await docker("pull", reference);
});

test("tokens that are for something else, or were good once", { skip: missing("skopeo") }, async (t) => {
  const key = generateKeyPairSync("ed25519").privateKey;
  const { settings } = await prepareKeys(key, key);
  const env = { ...(await writeAccounts(["alice"])), ...settings };
  const registry = await startMoorage(t, { env });
  const other = await startMoorage(t, { env: { ...env, REGISTRY_AUTH_TOKENSERVICE_SERVICE: "other" } });
  const skopeo = createClient("skopeo");
  const listTags = (token: string) =>
    skopeo("list-tags", "--tls-verify=false", "--registry-token", token, `docker://${registry.host}/team-a/app`);

  const good = await tokenFor(registry.url, "alice", "repository:team-a/app:pull");
  await assert.rejects(listTags(good), /404 \(Not Found\)/);
  const again = (claims: object) =>
    makeToken({ key, header: { ...decodeProtectedHeader(good) }, claims: { ...decodeJwt(good), ...claims } });
  await assert.rejects(listTags(again({})), /404 \(Not Found\)/);

  const now = Math.floor(Date.now() / 1000);
  const expired = again({ iat: now - 420, nbf: now - 420, exp: now - 120 });
  const foreign = (await (
    await fetch(`${other.url}/auth/token?scope=repository:team-a/app:pull`, {
      headers: { authorization: basic(accountOf("alice")) },
    })
  ).json()) as { token: string };
  const elsewhere = await tokenFor(registry.url, "alice", "repository:team-a/other:pull");
  for (const token of [expired, foreign.token, elsewhere, `${good}x`]) {
    await assert.rejects(listTags(token), /unauthorized/);
  }
});

test("the catalogue has what is for its reader", { skip: missing("crane", "regctl") }, async (t) => {
  const accounts = await writeAccounts(["alice", "bob"], RULES);
  const registry = await startMoorage(t, { env: { ...accounts, REGISTRY_AUTH_TOKENSERVICE: "{}" } });
  for (const [user, repository] of [
    ["alice", "team-a/app"],
    ["bob", "team-b/app"],
  ] as const) {
    const { password } = accountOf(user);
    const [crane, regctl] = [createClient("crane"), createClient("regctl")];
    await crane("auth", "login", "--username", user, "--password", password, registry.host);
    await regctl("registry", "set", "--tls", "disabled", "--skip-check", registry.host);
    await regctl("registry", "login", "--user", user, "--pass", password, registry.host);
    await regctl("artifact", "put", "--artifact-type", "application/vnd.example", `${registry.host}/${repository}:v1`);
    assert.equal(await crane("catalog", registry.host), repository);
    assert.equal(await regctl("repo", "ls", registry.host), repository);
  }
});

test("any replica issues, any verifies, and keys change under a login", { skip: dockerMissing("nginx") }, async (t) => {
  const [before, after] = [generateKeyPairSync("ed25519"), generateKeyPairSync("ec", { namedCurve: "P-256" })];
  const keys = await prepareKeys(before.privateKey, before.publicKey);
  const env = {
    ...(await writeAccounts(["alice"])),
    ...keys.settings,
    REGISTRY_LOG_ACCESSLOG_DISABLED: "false",
    REGISTRY_HTTP_SECRET: "a secret that both replicas have",
  };
  const directory = temporaryDirectory();
  const replicas = await Promise.all([0, 1].map(() => startMoorage(t, { env, directory })));
  const [nginx] = BALANCERS;
  const { host, url } = (await nginx?.start(t, replicas)) ?? assert.fail();
  const reference = `${host}/team-a/app:v1`;
  const { docker, login, pull } = await startAlice(t, reference);
  const pushAndPull = async () => {
    await docker("push", reference);
    await pull();
  };
  const everyReplicaSigns = (algorithm: string) =>
    until(`tokens are signed with ${algorithm}`, async () => {
      const tokens = await Promise.all(replicas.map((replica) => tokenFor(replica.url, "alice", "repository:x:pull")));
      return tokens.every((token) => decodeProtectedHeader(token).alg === algorithm);
    });
  const everyReplicaKnows = (count: number) =>
    until(`${count} keys are known`, async () => {
      const sets = await Promise.all(
        replicas.map(
          async (replica) =>
            (await fetch(`${replica.url}/auth/jwks.json`)).json() as Promise<{ keys: { x: string }[] }>,
        ),
      );
      return sets.every((set) => new Set(set.keys.map(({ x }) => x)).size === count);
    });

  await login(host);
  await pushAndPull();
  await until("the access logs tell of tokens", () =>
    replicas.every((replica) => requests(replica, /\/auth\/token/) > 0),
  );
  const old = await tokenFor(url, "alice", "repository:team-a/app:pull");

  await writeKeys(keys.directory, before.privateKey, after.publicKey);
  await everyReplicaKnows(2);
  await pushAndPull();
  await writeKeys(keys.directory, after.privateKey, before.publicKey);
  await everyReplicaSigns("ES256");
  await pushAndPull();
  const headers = { authorization: `Bearer ${old}` };
  for (const replica of replicas) {
    assert.equal((await fetch(`${replica.url}/v2/team-a/app/manifests/v1`, { headers })).status, 200);
  }
  await writeKeys(keys.directory, after.privateKey, after.publicKey);
  await everyReplicaKnows(1);
  await assert.rejects(docker("push", reference), /the login has ended, log in again/);
  for (const replica of replicas) {
    assert.equal((await fetch(`${replica.url}/v2/team-a/app/manifests/v1`, { headers })).status, 401);
  }
  await login(host);
  await pushAndPull();
});
