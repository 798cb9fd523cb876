/** What a start loads, for its time and the memory of an idle process go into that. */
import assert from "node:assert/strict";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { buildFor } from "../unit/cli/build.ts";
import { directoryFor, serveFor, type Variables } from "../unit/cli/process.ts";

const ROOT = join(import.meta.dirname, "../..");
const REPORTER = pathToFileURL(join(import.meta.dirname, "loaded-modules.ts")).href;

interface Started {
  readonly pid: number;
  /** Paths from the root, and the names of Node's own. */
  readonly modules: readonly string[];
}

/** Of a registry that answers, and is stopped then: what each of its processes has loaded. */
async function startedWith(
  t: TestContext,
  variables: Variables,
  program?: string,
): Promise<{ first: Started; others: Started[] }> {
  const directory = await directoryFor(t);
  const reporting = { NODE_OPTIONS: `--import ${REPORTER}`, MODULES_DIRECTORY: directory };
  const { child, exit } = await serveFor(t, { ...variables, ...reporting }, program);
  child.kill("SIGTERM");
  assert.equal(await exit, 0);
  const started = await Promise.all((await readdir(directory)).map((pid) => readStarted(directory, Number(pid))));
  const first = started.find(({ pid }) => pid === child.pid);
  assert.ok(first);
  return { first, others: started.filter((other) => other !== first) };
}

async function readStarted(directory: string, pid: number): Promise<Started> {
  const urls: string[] = JSON.parse(await readFile(join(directory, String(pid)), "utf8"));
  const modules = urls.map((url) => (url.startsWith("file:") ? relative(ROOT, fileURLToPath(url)) : url));
  return { pid, modules };
}

const FILESYSTEM = {
  REGISTRY_STORAGE: "filesystem",
  REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: "./data",
};

/** Packages and files that only some configurations need. */
const FOR_SOME = [
  /^node_modules\/@(aws-sdk|smithy|azure|google-cloud)\//,
  /^node_modules\/(ioredis|pino-pretty|jose)\//,
  /^node_modules\/@node-rs\//,
  /^drivers\/(s3|azure|gcs|oss|swift)\/driver\.ts$/,
];

test("a registry on a disk loads nothing that only others need", async (t) => {
  const { first } = await startedWith(t, FILESYSTEM);
  assert.ok(first.modules.includes("drivers/filesystem/driver.ts"));
  assert.deepEqual(
    first.modules.filter((path) => FOR_SOME.some((pattern) => pattern.test(path))),
    [],
  );
});

test("the process that starts the others does not load the registry", async (t) => {
  const { first, others } = await startedWith(t, { ...FILESYSTEM, REGISTRY_HTTP_WORKERS: "2" });
  assert.equal(others.length, 2);
  for (const { modules } of others) assert.ok(modules.includes("src/app.ts"));
  const needless =
    /^(src\/(app|registry\/|http\/)|drivers\/[^/]+\/driver|node_modules\/(express|prom-client|lru-cache)\/)/;
  assert.deepEqual(
    first.modules.filter((path) => needless.test(path)),
    [],
  );
});

/** Of the program on a disk: what is read and compiled. It is long if a package brings more than is used of it. */
const FILES = 42;
const KIBIBYTES = 1700;

test("what the image runs is a few files, and does without Node's fetch", async (t) => {
  const { first } = await startedWith(t, FILESYSTEM, join(await buildFor(t), "main.js"));
  const files = first.modules.filter((path) => path.endsWith(".js"));
  assert.ok(files.length < FILES, `${files.length} files`);
  const sizes = await Promise.all(files.map(async (path) => (await stat(join(ROOT, path))).size));
  const kibibytes = sizes.reduce((sum, size) => sum + size, 0) / 1024;
  assert.ok(kibibytes < KIBIBYTES, `${kibibytes} KiB`);
  assert.ok(first.modules.some((name) => name === "NativeModule http"));
  assert.deepEqual(
    first.modules.filter((name) => name.includes("undici")),
    [],
  );
});
