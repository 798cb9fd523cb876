/** Every variable that a shipped file names is one of the registry's, and every file's set of them is one that it starts with. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import { resolve } from "../../src/config/destination.ts";
import { catalogue } from "../architecture/configuration-documents.ts";
import { run } from "../e2e/support/programs.ts";
import { missing, toolPath } from "../e2e/support/tools.ts";
import { type Environment, readByRegistry, warningsOf } from "./support/configuration.ts";
import { shipped, shippedPath } from "./support/files.ts";

/** For Compose, or for people; the registry never sees them. */
const NOT_SETTINGS = new Set([
  ...["REGISTRY_PORT", "REGISTRY_BUCKET", "REGISTRY_REGION", "REGISTRY_ENDPOINT", "REGISTRY_USER"],
  "REGISTRY_CONFIGURATION_PATH",
]);

const filesBelow = (directory: string) =>
  readdirSync(shippedPath(directory), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes(".terraform"))
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(shippedPath("").length));

const DOCUMENTS = ["docs/deployment.md", "docs/tutorial.md"];
/** They name wrong ones on purpose. */
const TESTS_OF_REFUSALS = /\.tftest\.hcl$/;

for (const path of [...filesBelow("deploy"), ...filesBelow("terraform"), ...DOCUMENTS]) {
  const text = readFileSync(shippedPath(path), "utf8");
  const names = new Set(text.match(/\bREGISTRY_[A-Z0-9_]*[A-Z0-9]\b/g));
  if (names.size === 0 || TESTS_OF_REFUSALS.test(path)) continue;
  test(`the variables of ${path} exist`, () => {
    const unknown = [...names].filter((name) => !NOT_SETTINGS.has(name) && !resolve(name, catalogue.root));
    assert.deepEqual(unknown, []);
  });
}

const composed: Environment = {
  REGISTRY_HTTP_SECRET: "0123456789abcdef0123456789abcdef",
  STORE_ACCESS_KEY: "key",
  STORE_SECRET_KEY: "a secret of the store",
};

/** Seconds of Compose: 40s, 1m30s. */
const secondsOf = (text: string): number =>
  [...text.matchAll(/(\d+)([hms])/g)].reduce(
    (sum, [, n, unit]) => sum + Number(n) * { h: 3600, m: 60, s: 1 }[unit as "h"],
    0,
  );

for (const file of ["single.yml", "tls.yml", "scaled.yml"]) {
  test(`compose/${file} is what Compose takes, and the registry understands it`, {
    skip: missing("docker-compose"),
  }, async () => {
    const path = shippedPath(`deploy/compose/${file}`);
    const args = ["-f", path, "--profile", "*", "config", "--format", "json"];
    const { stdout } = await run(toolPath("docker-compose"), args, { env: composed });
    const { registry, ...others } = JSON.parse(stdout).services;
    await startsWith(registry.environment, secondsOf(registry.stop_grace_period));
    assert.equal(registry.read_only, true);
    assert.deepEqual(registry.cap_drop, ["ALL"]);
    for (const name of Object.keys(others)) assert.ok(["nginx", "haproxy", "store"].includes(name));
  });
}

test("Compose finds a mistake in a file", { skip: missing("docker-compose") }, async () => {
  const text = shipped("deploy/compose/single.yml").replace("stop_grace_period", "stop_grace");
  const args = ["-f", "-", "config", "--quiet"];
  await assert.rejects(run(toolPath("docker-compose"), args, { input: text }), /stop_grace/);
});

for (const file of ["stack.yml", "filesystem.yml"]) {
  test(`swarm/${file} is understood by the registry`, async () => {
    const text = shipped(`deploy/swarm/${file}`).replaceAll(/\$\{\w+:-([^}]*)\}/g, "$1");
    const { services, secrets } = parse(text);
    // What is empty, Docker passes on as an empty text.
    const environment = Object.entries(services.registry.environment).map(([name, value]) => [
      name,
      String(value ?? ""),
    ]);
    await startsWith(Object.fromEntries(environment), secondsOf(services.registry.stop_grace_period));
    for (const { source } of services.registry.secrets) assert.ok(secrets[source].external, source);
    const { replicas, update_config } = services.registry.deploy;
    assert.equal(replicas, file === "stack.yml" ? 3 : 1);
    assert.equal(update_config.order, file === "stack.yml" ? "start-first" : "stop-first");
  });
}

async function startsWith(environment: Environment, stopSeconds: number): Promise<void> {
  const loaded = await readByRegistry(environment);
  const { http } = loaded.config;
  const isOpen = environment.REGISTRY_AUTH === undefined;
  const warnings = warningsOf(loaded).filter((warning) => !isOpen || !/everybody who can reach/.test(warning));
  assert.deepEqual(warnings, []);
  assert.ok(stopSeconds * 1000 > http.drainDelayMilliseconds + http.drainTimeoutMilliseconds, "it is killed too soon");
}
