/** `moorage doctor` as a process, on a directory. */
import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openDriver } from "../../../drivers/open.ts";
import { examineConfiguration } from "../../../src/config/load.ts";
import { checkConfiguration } from "../../../src/doctor/configuration.ts";
import { type Finding, Findings } from "../../../src/doctor/finding.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import type { RepositoryName, Tag } from "../../../src/oci/names.ts";
import { blobKey, currentTagKey, layerLinkKey, revisionLinkKey, tagIndexKey } from "../../../src/registry/keys.ts";
import { imageManifest } from "../../support/registry-content.ts";
import { directoryFor, run } from "../cli/process.ts";

const APP = "app" as RepositoryName;
const V1 = "v1" as Tag;
const CONFIG = Buffer.from("{}");
const IMAGE = imageManifest({ config: CONFIG });
const DIGEST = digestOf(IMAGE);

/** A registry's file, and a directory with one image. */
async function place(t: TestContext, more = ""): Promise<string> {
  const directory = await directoryFor(t);
  await writeFile(join(directory, "config.yml"), `version: 0.1\nstorage: {filesystem: {rootdirectory: data}}\n${more}`);
  const driver = await openDriver("filesystem", { rootdirectory: join(directory, "data") }, { warn() {} });
  await driver.put(blobKey(digestOf(CONFIG)), CONFIG);
  await driver.put(blobKey(DIGEST), IMAGE);
  for (const key of [revisionLinkKey(APP, DIGEST), tagIndexKey(APP, V1, DIGEST), currentTagKey(APP, V1)]) {
    await driver.put(key, Buffer.from(DIGEST));
  }
  await driver.put(layerLinkKey(APP, digestOf(CONFIG)), Buffer.from(digestOf(CONFIG)));
  await driver.close();
  return directory;
}

const everythingIn = async (directory: string) => (await readdir(directory, { recursive: true })).sort();

test("nothing broken is 0, and nothing was written", async (t) => {
  const directory = await place(t);
  const before = await everythingIn(directory);
  const { code, stdout, stderr } = await run(["doctor", "config.yml"], {}, directory);
  assert.equal(code, 0, stdout + stderr);
  assert.equal(stderr, "");
  assert.match(stdout, /^config\.yml, filesystem data\n\nConfiguration\n {2}differs /);
  assert.match(stdout, /\nNothing is broken; .*\nLooked at 1 repositories with 1 manifests, 1 tags and 1 layers\.\n$/);
  assert.ok(!stdout.includes("\u001b"));
  assert.deepEqual(await everythingIn(directory), before);
});

test("what is broken is 1, with where and what to do", async (t) => {
  const directory = await place(t);
  await writeFile(join(directory, "data", currentTagKey(APP, V1)), digestOf(Buffer.from("another")));
  const [text, json] = await Promise.all([
    run(["doctor", "config.yml"], {}, directory),
    run(["doctor", "--json", "config.yml"], {}, directory),
  ]);
  assert.equal(text.code, 1);
  assert.match(
    text.stdout,
    / {2}broken +tags of manifests that are not there: app:v1 \(sha256:.*\)\n {11}fix: pulls of/,
  );
  assert.equal(json.code, 1);
  const { summary, seen, findings, store } = JSON.parse(json.stdout);
  assert.equal(summary.broken, 1);
  assert.deepEqual([seen.repositories, seen.complete, store], [1, true, "filesystem data"]);
  const [worst] = findings as Finding[];
  assert.deepEqual([worst?.severity, worst?.area, worst?.count], ["broken", "bucket", 1]);
});

test("--try-writes leaves nothing of its own", async (t) => {
  const directory = await place(t);
  const before = await everythingIn(directory);
  const { code, stdout } = await run(["doctor", "--try-writes", "config.yml"], {}, directory);
  assert.equal(code, 0, stdout);
  assert.deepEqual(
    (await everythingIn(directory)).filter((name) => !name.startsWith("data/moorage")),
    before.filter((name) => !name.startsWith("data/moorage")),
  );
});

test("--limit says that it was not all", async (t) => {
  const { code, stdout } = await run(["doctor", "--limit", "1", "config.yml"], {}, await place(t));
  assert.equal(code, 0, stdout);
  assert.match(stdout, /that is not all of the bucket, but its first 1 objects\.\n$/);
});

test("a directory that is not there is a finding, and is not made", async (t) => {
  const directory = await directoryFor(t);
  await writeFile(join(directory, "c.yml"), "version: 0.1\nstorage: {filesystem: {rootdirectory: nowhere}}\n");
  const { code, stdout } = await run(["doctor", "c.yml"], {}, directory);
  assert.equal(code, 1);
  assert.match(stdout, /the store filesystem nowhere cannot be opened: [\s\S]*The bucket was not looked at\.\n$/);
  assert.deepEqual(await everythingIn(directory), ["c.yml"]);
});

test("a configuration that does not start is looked at all the same, and so is its bucket", async (t) => {
  const directory = await place(t, "http: {addr: 5000}\nproxy: {remoteurl: https://registry-1.docker.io}\n");
  const { code, stdout } = await run(["doctor", "config.yml"], {}, directory);
  assert.equal(code, 1);
  assert.match(stdout, / {2}broken +http\.addr = "5000" stops the start: config\.yml:3\n {11}fix: write an address/);
  assert.match(stdout, / {2}broken +proxy stops the start: config\.yml:4\n/);
  assert.match(stdout, /Looked at 1 repositories/);
});

test("passwords and Redis that are not there are broken", async (t) => {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  const directory = await place(t, "auth: {htpasswd: {realm: r, path: passwords}}\n");
  const variables = {
    REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR: "redis",
    REGISTRY_REDIS_ADDRS: `127.0.0.1:${port}`,
    REGISTRY_REDIS_PASSWORD: "hush-hush",
  };
  const { code, stdout } = await run(["doctor", "config.yml"], variables, directory);
  assert.equal(code, 1);
  assert.match(stdout, /broken +cannot use the passwords in passwords/);
  assert.match(stdout, /broken +Redis cannot be used: /);
  assert.ok(!stdout.includes("hush"));
});

test("certificates that are not there are broken", async (t) => {
  const directory = await place(t, "http: {tls: {certificate: a.crt, key: a.key}}\n");
  const { code, stdout } = await run(["doctor", "config.yml"], {}, directory);
  assert.equal(code, 1);
  assert.match(stdout, /broken +cannot use the certificates of http\.tls[^\n]*a\.crt/);
});

test("wrong usage is 2", async (t) => {
  const directory = await place(t);
  for (const args of [["--lots"], ["--limit", "0", "config.yml"], ["--limit", "x", "config.yml"], ["nowhere.yml"]]) {
    const { code, stdout, stderr } = await run(["doctor", ...args], {}, directory);
    assert.deepEqual([code, stdout], [2, ""], args.join(" "));
    assert.notEqual(stderr, "");
  }
});

async function configurationFindings(t: TestContext, yaml: string): Promise<readonly Finding[]> {
  const directory = await directoryFor(t);
  await writeFile(join(directory, "c.yml"), `version: 0.1\n${yaml}`);
  const findings = new Findings();
  checkConfiguration(
    await examineConfiguration({ file: join(directory, "c.yml"), environment: {}, directory }),
    findings,
  );
  return findings.all();
}

for (const [yaml, severity, expected] of [
  ["storage: {s3: {region: a, bucket: b}}", "broken", /^http\.secret stops the start$/],
  ["storage: {s3: {region: a, bucket: b}}\nhttp: {secret: short}", "differs", /^http\.secret is shorter than 16/],
  ["storage: filesystem\nhttp: {secret: 0123456789abcdef}", "note", /^http\.secret has the fingerprint [0-9a-f]{12}$/],
  ["storage: filesystem\nhttp: {relativeurls: false}", "broken", /^absolute Location headers without http\.host/],
  ["storage: filesystem\nhttp: {host: 'http://r.example.com'}", "note", /^http\.host begins with http:/],
  ["storage: filesystem\nnotifications: {endpoints: [{name: a}]}", "differs", /^notifications /],
  ["storage: inmemory", "note", /^storage\.inmemory: everything is gone/],
] as const) {
  test(`the configuration ${JSON.stringify(yaml)}`, async (t) => {
    const found = await configurationFindings(t, yaml);
    const match = found.filter(({ what }) => expected.test(what));
    assert.equal(match.length, 1, JSON.stringify(found, undefined, 2));
    assert.equal(match[0]?.severity, severity);
    for (const { fix } of found) assert.ok(fix.length > 10);
  });
}

test("a file that says everything has little to be told", async (t) => {
  const found = await configurationFindings(
    t,
    `storage: {filesystem: {rootdirectory: /x}, delete: {enabled: true}}
http: {addr: "127.0.0.1:5000", relativeurls: true, draintimeout: 60s, trustedproxies: loopback}
validation: {manifests: {urls: {allow: [.]}}}`,
  );
  assert.deepEqual(
    found.map(({ what }) => what),
    ["http.secret is not set: one is made, and kept in moorage/secret beside the data"],
  );
});
