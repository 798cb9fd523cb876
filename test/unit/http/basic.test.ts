/** A registry with passwords, over HTTP. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hashSync } from "@node-rs/bcrypt";
import { openAuthWorld, type Who } from "../../support/auth-world.ts";
import { pushImage } from "../../support/registry-content.ts";
import { assertError } from "../../support/registry-http.ts";
import { createSleeplessRuntime } from "../../support/sleepless-runtime.ts";

const line = (name: string, password: string, cost = 4) => `${name}:${hashSync(password, cost)}\n`;
const HTPASSWD = { auth: 'htpasswd: {path: DIR/htpasswd, realm: our "registry"}' };
const PASSWORDS = { htpasswd: line("alice", "geheim") + line("bob", "with:colons:in it") + line("ünal", "пароль") };

test("without the right password there is nothing, in the same words for everything", async (t) => {
  const runtime = createSleeplessRuntime();
  const { as } = await openAuthWorld(t, { ...HTPASSWD, files: PASSWORDS, authRuntime: runtime });
  await pushImage(as("alice:geheim"), "a/b", "v1");
  const strangers: Who[] = [
    undefined,
    "alice:wrong",
    "alice:",
    ":geheim",
    ":",
    "alice",
    "ALICE:geheim",
    "nobody:geheim",
    "bob:with",
    "bob:with:colons",
    { token: "geheim" },
  ];
  for (const who of strangers) {
    for (const path of [
      "/v2/",
      "/v2/a/b/manifests/v1",
      "/v2/not/there/manifests/v1",
      "/v2/_catalog",
      "/v2/a/b/tags/list",
    ]) {
      // So that nobody has to wait for having guessed.
      runtime.pass(60_000);
      const answer = await as(who).request("GET", path);
      assertError(answer, 401, "UNAUTHORIZED");
      assert.equal(answer.header("www-authenticate"), 'Basic realm="our \\"registry\\""');
    }
  }
  for (const who of ["alice:geheim", "bob:with:colons:in it", "ünal:пароль"]) {
    assert.equal((await as(who).request("GET", "/v2/")).status, 200, who);
    assert.equal((await as(who).request("GET", "/v2/a/b/manifests/v1")).status, 200, who);
  }
});

test("headers that are none", async (t) => {
  const { http } = await openAuthWorld(t, { ...HTPASSWD, files: PASSWORDS });
  const right = Buffer.from("alice:geheim").toString("base64");
  for (const authorization of [
    "",
    "Basic",
    "Basic ",
    "Basic !!",
    `XBasic ${right}`,
    `Basicx ${right}`,
    `Digest ${right}`,
    right,
  ]) {
    assertError(await http.request("GET", "/v2/", { headers: { authorization } }), 401, "UNAUTHORIZED");
  }
  for (const authorization of [`Basic ${right}`, `basic ${right}`, `BASIC   ${right} `]) {
    assert.equal((await http.request("GET", "/v2/", { headers: { authorization } })).status, 200, authorization);
  }
});

test("anybody pulls, those with a password push", async (t) => {
  const { as } = await openAuthWorld(t, { auth: "htpasswd: {path: DIR/htpasswd}\nanonymous: pull", files: PASSWORDS });
  await pushImage(as("alice:geheim"), "a/b", "v1");
  const nobody = as(undefined);
  for (const path of ["/v2/a/b/manifests/v1", "/v2/a/b/tags/list", "/v2/_catalog"]) {
    assert.equal((await nobody.request("GET", path)).status, 200, path);
    assert.equal((await as(":").request("GET", path)).status, 200, "as podman does it");
  }
  assertError(await as(":").request("GET", "/v2/"), 401, "UNAUTHORIZED");
  assertError(await as(":").request("POST", "/v2/a/b/blobs/uploads/"), 401, "UNAUTHORIZED");
  assertError(await as(":x").request("GET", "/v2/a/b/manifests/v1"), 401, "UNAUTHORIZED");
  // So that a client which asks there finds out how to log in before it pushes.
  assertError(await nobody.request("GET", "/v2/"), 401, "UNAUTHORIZED");
  assertError(await nobody.request("POST", "/v2/a/b/blobs/uploads/"), 401, "UNAUTHORIZED");
  assertError(await nobody.request("PUT", "/v2/a/b/manifests/v2", { body: "{}" }), 401, "UNAUTHORIZED");
  assertError(await nobody.request("DELETE", "/v2/a/b/manifests/v1"), 401, "UNAUTHORIZED");
  // Who gives a name must be it, even for what anybody may.
  assertError(await as("alice:wrong").request("GET", "/v2/a/b/manifests/v1"), 401, "UNAUTHORIZED");
});

test("the file is read again when it changes, and passwords of before are worth nothing", async (t) => {
  const { as, write, authLog } = await openAuthWorld(t, { ...HTPASSWD, files: PASSWORDS });
  const get = async (who: string) => (await as(who).request("GET", "/v2/")).status;
  const until = async (condition: () => Promise<boolean>) => {
    const deadline = performance.now() + 15_000;
    while (!(await condition())) {
      assert.ok(performance.now() < deadline, JSON.stringify(authLog));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  assert.equal(await get("alice:geheim"), 200);
  await write("htpasswd", line("alice", "neu"));
  await until(async () => (await get("alice:geheim")) === 401);
  assert.equal(await get("alice:neu"), 200);
  assert.equal(await get("bob:with:colons:in it"), 401);

  await write("htpasswd", `${line("alice", "neuer")}bob:{SHA}secret-hash\n`);
  await until(async () => authLog.some(({ level }) => level === "error"));
  const { message = "" } = authLog.find(({ level }) => level === "error") ?? {};
  assert.match(message, /what was there before still counts: line 2: the hash of "bob" is SHA-1/);
  assert.ok(!message.includes("secret-hash"));
  assert.equal(await get("alice:neu"), 200);
});

test("who guesses is told to come back later, and the audit log has it", async (t) => {
  const { as, audit } = await openAuthWorld(t, { ...HTPASSWD, files: PASSWORDS });
  assert.equal((await as("bob:with:colons:in it").request("GET", "/v2/")).status, 200);
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => as(`bob:guess ${i}`).request("GET", "/v2/")));
  const refused = answers.filter(({ status }) => status === 429);
  // The first five are free, and three more have to wait no longer than a connection may.
  assert.ok(refused.length >= 12, `${refused.length}`);
  for (const answer of refused) {
    assertError(answer, 429, "TOOMANYREQUESTS");
    assert.match(answer.header("retry-after"), /^[1-9]\d*$/);
  }
  assert.equal((await as("bob:with:colons:in it").request("GET", "/v2/")).status, 200);
  assert.deepEqual(
    audit.filter(({ outcome }) => outcome === "done"),
    [{ event: "login", outcome: "done", method: "password", user: "bob", address: "127.0.0.1" }],
  );
  assert.equal(audit.filter(({ reason }) => reason === "wrong name or password").length, 20 - refused.length);
  assert.equal(audit.filter(({ reason }) => reason === "too many attempts").length, refused.length);
  assert.ok(!JSON.stringify(audit).includes("guess"));
});
