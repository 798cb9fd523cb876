import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { verify } from "@node-rs/bcrypt";
import { directoryFor, run } from "./process.ts";

const PERMISSIONS = "rules:\n  - {who: alice, may: push, in: a/**}\n";

test("auth explain: 0 for yes, 1 for no, 2 when there is nothing to explain", async (t) => {
  const directory = await directoryFor(t);
  await writeFile(join(directory, "p.yml"), PERMISSIONS);
  const environment = { REGISTRY_AUTH_HTPASSWD_PATH: "x", REGISTRY_AUTH_PERMISSIONS: "p.yml" };
  const explain = (variables: Record<string, string>, ...args: string[]) =>
    run(["auth", "explain", "--repository", "a/b", ...args], variables, directory);
  const [yes, no, wrong, none] = await Promise.all([
    explain(environment, "--user", "alice", "--action", "push"),
    explain(environment, "--action", "pull"),
    explain(environment, "--action", "pish"),
    explain({}, "--action", "pull"),
  ]);
  const line = "p.yml:2: alice may push in a/**";
  assert.deepEqual(yes, { code: 0, stdout: `yes: user alice may push in a/b\n${line}\n`, stderr: "" });
  assert.equal(no.code, 1);
  assert.match(no.stdout, /^no: somebody who has not logged in may not pull in a\/b\nno rule speaks of it/);
  assert.deepEqual([wrong.code, wrong.stdout], [2, ""]);
  assert.match(wrong.stderr, /write one of list, pull/);
  assert.deepEqual(none, {
    code: 2,
    stdout: "",
    stderr: "nobody is asked who they are: everybody may do everything\n",
  });
});

test("auth explain --claims: which workload a token is of, or why of none", async (t) => {
  const directory = await directoryFor(t);
  const workload = "{issuer: https://a.example.com, subject: 'repo:*', claims: {ref: main}}";
  await writeFile(
    join(directory, "p.yml"),
    `workloads: {release: ${workload}}\nrules: [{who: workload release, may: push, in: a/**}]\n`,
  );
  const claims = { iss: "https://a.example.com", sub: "repo:x", ref: "main" };
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  await writeFile(join(directory, "token"), `${encode({ alg: "RS256" })}.${encode(claims)}.AAAA\n`);
  await writeFile(join(directory, "other.json"), JSON.stringify({ ...claims, ref: "evil" }));
  await writeFile(join(directory, "nonsense"), "eyJzZWNyZXQ");
  const environment = { REGISTRY_AUTH_HTPASSWD_PATH: "x", REGISTRY_AUTH_PERMISSIONS: "p.yml" };
  const explain = (file: string) =>
    run(["auth", "explain", "--repository", "a/b", "--action", "push", "--claims", file], environment, directory);
  const [yes, no, nonsense, nothing] = await Promise.all(["token", "other.json", "nonsense", "nowhere"].map(explain));
  assert.equal(yes?.stdout, "yes: workload release may push in a/b\np.yml:2: workload release may push in a/**\n");
  assert.deepEqual([yes?.code, no?.code, nonsense?.code, nothing?.code], [0, 1, 2, 2]);
  assert.match(
    no?.stdout ?? "",
    /^no: these are the claims of no workload\nworkload release: the claim ref does not fit: "evil"\n$/,
  );
  assert.equal(nonsense?.stderr, "nonsense is no token, and no JSON with claims\n");
  assert.equal(nothing?.stderr, "nowhere cannot be read (ENOENT)\n");
});

test("auth hash: a line for the file, from a password that is nowhere to be seen", async (t) => {
  const main = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));
  const child = spawn(process.execPath, [main, "auth", "hash", "alice", "--cost", "10"], {
    cwd: await directoryFor(t),
  });
  child.stdin.end("ge:heim\n");
  const [stdout, stderr] = await Promise.all([
    child.stdout.setEncoding("utf8").toArray(),
    child.stderr.setEncoding("utf8").toArray(),
    once(child, "close"),
  ]);
  const [name = "", hash = ""] = stdout.join("").trim().split(":");
  assert.equal(name, "alice");
  assert.match(hash, /^\$2b\$10\$/);
  assert.ok(await verify("ge:heim", hash));
  assert.deepEqual(stderr, []);
});

test("auth hash --generate tells the password once, beside the line", async (t) => {
  const { code, stdout, stderr } = await run(
    ["auth", "hash", "ci", "--generate", "--cost", "10"],
    {},
    await directoryFor(t),
  );
  assert.equal(code, 0);
  const password = /^the password of ci is (\S{32})\n$/.exec(stderr)?.[1] ?? assert.fail(stderr);
  assert.ok(await verify(password, stdout.trim().slice("ci:".length)));
});

test("auth hash refuses what would not work", async (t) => {
  const directory = await directoryFor(t);
  for (const args of [["a:b"], ["a b"], [""], ["#a"], ["a", "--cost", "4"], ["a", "--cost", "x"]]) {
    const { code, stdout } = await run(["auth", "hash", ...args], {}, directory);
    assert.deepEqual([code, stdout], [2, ""], args.join(" "));
  }
});
