/** Replicas that tell each other through a real Redis what they saw. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Bucket } from "../../drivers/memory/bucket.ts";
import { createMemoryDriver } from "../../drivers/memory/driver.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { type RunningRedis, startRedis } from "../../src/redis.ts";
import { createRegistry } from "../../src/registry/registry.ts";
import { imageManifest, pushBlob, pushManifest } from "../support/registry-content.ts";
import { recordCalls } from "../support/registry-drivers.ts";
import { createManualRuntime } from "../support/registry-runtime.ts";
import { DEFAULT_REGISTRY, openWorld } from "../support/registry-world.ts";

const PATIENCE = 10_000;
const log = { debug() {}, info() {}, warn() {}, error() {} };
const hasRedis = spawnSync("which", ["redis-server"]).status === 0;
const isRequired = process.env.MOORAGE_E2E === "require";
const skip = hasRedis || isRequired ? false : "no redis-server on this machine";

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address ? address.port : assert.fail("no port");
}

async function startServer(port: number): Promise<ChildProcess> {
  const options = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  const child = spawn("redis-server", options, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const chunk of child.stdout ?? []) if (String(chunk).includes("Ready to accept")) break;
  child.stdout?.resume();
  return child;
}

async function until(isTrue: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  while (!(await isTrue())) {
    if (performance.now() > deadline) assert.fail(`still not: ${what}`);
    await sleep(20);
  }
}

const settings = (port: number) => ({
  addresses: [{ host: "127.0.0.1", port }],
  masterName: undefined,
  username: undefined,
  password: undefined,
  database: 0,
  sentinel: { username: undefined, password: undefined },
  dialTimeoutMilliseconds: 1000,
  readTimeoutMilliseconds: 1000,
  tls: undefined,
});

test("what one replica saw, another need not ask the bucket for; without Redis it asks", { skip }, async (t) => {
  const port = await freePort();
  const server = await startServer(port);
  t.after(() => server.kill("SIGKILL"));
  const connections: RunningRedis[] = [await startRedis(settings(port), log), await startRedis(settings(port), log)];
  t.after(() => Promise.all(connections.map((connection) => connection.close())));
  const [here, there] = connections.map(({ presence }) => presence);
  assert.ok(here && there);
  const name = "blob probe@x";
  const probe = digestOf(Buffer.from("probe"));
  await until(async () => {
    here.saw(name, probe, 60_000);
    return (await there.find(name)) === probe;
  }, "connected");

  const bucket = new Bucket();
  const first = await openWorld(createMemoryDriver({ bucket }));
  t.after(() => first.close());
  const layer = Buffer.from("a layer");
  await pushBlob(first.http, "shared/app", Buffer.from("{}"));
  await pushBlob(first.http, "shared/app", layer);
  await pushManifest(first.http, "shared/app", "v1", imageManifest({ layers: [layer] }));

  const runtime = createManualRuntime();
  const replica = (sharedPresence: typeof here) => {
    const recorded = recordCalls(createMemoryDriver({ bucket }));
    const { driver } = recorded;
    return { ...recorded, registry: createRegistry({ driver, runtime, log, sharedPresence }, DEFAULT_REGISTRY) };
  };
  const digest = digestOf(layer);
  const repository = "shared/app" as Parameters<typeof first.registry.blobs.open>[0];
  const openAt = async ({ registry, calls, forget }: ReturnType<typeof replica>) => {
    forget();
    const blob = await registry.blobs.open(repository, digest);
    if (blob.kind === "stream") await blob.body.discard();
    return calls.map(({ operation, key }) => `${operation} ${key.split("/").at(-1)}`);
  };
  assert.deepEqual(await openAt(replica(here)), ["get link", "get data"]);
  await until(async () => (await there.find(`blob ${repository}@${digest}`)) === digest, "told");
  assert.deepEqual(await openAt(replica(there)), ["get data"]);

  await first.registry.blobs.delete(repository, digest);
  here.drop(`blob ${repository}@${digest}`);
  await until(async () => (await there.find(`blob ${repository}@${digest}`)) === undefined, "forgotten");
  await assert.rejects(openAt(replica(there)), { kind: "blob_unknown" });

  await pushBlob(first.http, "shared/app", layer);
  server.kill("SIGKILL");
  await once(server, "exit");
  assert.deepEqual(await openAt(replica(there)), ["get link", "get data"]);
});
