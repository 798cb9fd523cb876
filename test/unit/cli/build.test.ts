/** What the image runs: everything is in it, also what is loaded only when somebody wants it. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { hash } from "@node-rs/bcrypt";
import { buildFor } from "./build.ts";
import { signsIn } from "./identities.ts";
import { directoryFor, run, serveFor, type Variables } from "./process.ts";

const NOBODY = "127.0.0.1:1";

const STORES: Readonly<Record<string, Variables>> = {
  s3: {
    REGISTRY_STORAGE_S3_BUCKET: "bucket",
    REGISTRY_STORAGE_S3_REGIONENDPOINT: `http://${NOBODY}`,
    REGISTRY_STORAGE_S3_ACCESSKEY: "key",
    REGISTRY_STORAGE_S3_SECRETKEY: "secret",
  },
  azure: {
    REGISTRY_STORAGE_AZURE_ACCOUNTNAME: "account",
    REGISTRY_STORAGE_AZURE_ACCOUNTKEY: "c2VjcmV0",
    REGISTRY_STORAGE_AZURE_CONTAINER: "container",
    REGISTRY_STORAGE_AZURE_SERVICEURL: `http://${NOBODY}/account`,
  },
  gcs: {
    REGISTRY_STORAGE_GCS_BUCKET: "bucket",
    REGISTRY_STORAGE_GCS_KEYFILE: "account.json",
    REGISTRY_STORAGE_GCS_APIENDPOINT: `http://${NOBODY}`,
  },
  oss: {
    REGISTRY_STORAGE_OSS_ACCESSKEYID: "key",
    REGISTRY_STORAGE_OSS_ACCESSKEYSECRET: "secret",
    REGISTRY_STORAGE_OSS_REGION: "oss-cn-hangzhou",
    REGISTRY_STORAGE_OSS_BUCKET: "bucket",
    REGISTRY_STORAGE_OSS_ENDPOINT: NOBODY,
  },
  swift: {
    REGISTRY_STORAGE_SWIFT_AUTHURL: `http://${NOBODY}/v3`,
    REGISTRY_STORAGE_SWIFT_USERNAME: "user",
    REGISTRY_STORAGE_SWIFT_PASSWORD: "secret",
    REGISTRY_STORAGE_SWIFT_CONTAINER: "container",
  },
};

test("what the image runs", async (t) => {
  const built = await buildFor(t);
  const main = join(built, "main.js");

  for (const [name, variables] of Object.entries(STORES)) {
    await t.test(`has the ${name} driver, which asks its store`, async (t) => {
      const directory = await directoryFor(t);
      const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
      const account = {
        client_email: "moorage@example.com",
        private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
      };
      await writeFile(join(directory, "account.json"), JSON.stringify(account));
      const common = {
        REGISTRY_STORAGE: name,
        REGISTRY_HTTP_ADDR: "127.0.0.1:0",
        REGISTRY_HTTP_SECRET: "s".repeat(32),
      };
      const { code, stderr } = await run(["serve"], { ...common, ...variables }, directory, main);
      assert.equal(code, 1);
      assert.match(stderr, /cannot open the store .*ECONNREFUSED/);
    });
  }

  await t.test("signs in", (t) => signsIn(t, main));

  await t.test("verifies passwords by its native part, and knows Redis", async (t) => {
    const directory = await directoryFor(t);
    const passwords = join(directory, "htpasswd");
    await writeFile(passwords, `alice:${await hash("a password", 5)}\n`);
    const redis = { REGISTRY_REDIS_ADDRS: `["${NOBODY}"]`, REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR: "redis" };
    const { base } = await serveFor(t, { REGISTRY_AUTH_HTPASSWD_PATH: passwords, ...redis }, main);
    const authorization = `Basic ${btoa("alice:a password")}`;
    assert.equal((await fetch(`${base}/v2/`)).status, 401);
    assert.equal((await fetch(`${base}/v2/`, { headers: { authorization } })).status, 200);
  });

  await t.test("is healthy, with the configuration of the image", async (t) => {
    const directory = await directoryFor(t);
    const entrypoint = join(built, "entrypoint.js");
    const image = { REGISTRY_CONFIGURATION_PATH: join(built, "config.yml") };
    const { stdout } = await run(["config"], image, directory, entrypoint);
    assert.match(stdout, /rootdirectory: \/var\/lib\/registry/);
    const { base } = await serveFor(t, image, entrypoint);
    const check = async (address: string) =>
      (await run([], { ...image, REGISTRY_HTTP_ADDR: address }, directory, join(built, "healthcheck.js"))).code;
    assert.equal(await check(new URL(base).host), 0);
    assert.equal(await check(NOBODY), 1);
  });

  await t.test("knows the media types of Express's own answers", async (t) => {
    const { base } = await serveFor(t, {}, main);
    const typeFor = async (accept: string) =>
      (await fetch(`${base}/v2`, { redirect: "manual", headers: { accept } })).headers.get("content-type");
    assert.equal(await typeFor("*/*"), "text/plain; charset=utf-8");
    assert.equal(await typeFor("text/html"), "text/html; charset=utf-8");
  });

  await t.test("says its version, and has the licences of what is in it", async (t) => {
    const { version } = JSON.parse(await readFile(join(built, "../package.json"), "utf8"));
    const { stdout } = await run(["--version"], {}, await directoryFor(t), main);
    assert.equal(stdout.trim(), version);
    const licences = await readFile(join(built, "LICENSES.txt"), "utf8");
    for (const name of ["express", "zod", "@aws-sdk/client-s3", "@azure/storage-blob", "@google-cloud/storage"])
      assert.match(licences, new RegExp(`^${name} \\d`, "m"));
  });
});
