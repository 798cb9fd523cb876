/** The cost of whole pushes and pulls, as docker does them: ten layers, three of them long, and a config. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { Bucket } from "../../drivers/memory/bucket.ts";
import { createMemoryDriver } from "../../drivers/memory/driver.ts";
import { S3_LIMITS } from "../../drivers/memory/multipart.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { imageManifest, pushManifest } from "../support/registry-content.ts";
import { recordCalls } from "../support/registry-drivers.ts";
import type { HttpClient } from "../support/registry-http.ts";
import { openWorld, type World } from "../support/registry-world.ts";
import { pushLikeDocker } from "./rows.ts";
import { signing } from "./signing.ts";

/** A thousandth of what it stands for: parts of 8 MiB, three layers of 25 MB. */
const PART = 8 * 1024;
const LAYERS = [
  ...Array.from({ length: 7 }, () => randomBytes(900)),
  ...Array.from({ length: 3 }, () => randomBytes(25_000)),
];
const CONFIG = randomBytes(500);
const IMAGE = imageManifest({ config: CONFIG, layers: LAYERS });
const BLOBS = [...LAYERS, CONFIG];

const bucket = new Bucket();
const limits = { ...S3_LIMITS, minPartSize: 1024 };

/** A replica that has just started. */
async function openReplica() {
  const recorded = recordCalls(signing(createMemoryDriver({ bucket, limits })));
  const world = await openWorld(recorded.driver, { registry: { partSize: PART } });
  recorded.forget();
  return { ...recorded, world };
}

/** Each request goes to the next of them. */
function alternating(worlds: readonly World[]): HttpClient {
  let turn = 0;
  const request: HttpClient["request"] = (...parameters) => {
    const { http } = worlds[turn++ % worlds.length] ?? assert.fail("no replica");
    return http.request(...parameters);
  };
  return { request } as HttpClient;
}

async function push(http: HttpClient, repository: string): Promise<void> {
  for (const blob of BLOBS) await pushLikeDocker(http, repository, blob);
  await pushManifest(http, repository, "latest", IMAGE);
}

/** Whoever has pushed to one repository mounts from there. */
async function pushByMounts(http: HttpClient, repository: string, from: string): Promise<void> {
  for (const blob of BLOBS) {
    const query = `mount=${digestOf(blob)}&from=${from}`;
    const mounted = await http.request("POST", `/v2/${repository}/blobs/uploads/?${query}`);
    assert.equal(mounted.status, 201);
  }
  await pushManifest(http, repository, "latest", IMAGE);
}

async function pull(http: HttpClient, repository: string): Promise<void> {
  const manifest = await http.request("GET", `/v2/${repository}/manifests/latest`);
  assert.deepEqual(manifest.body, IMAGE);
  for (const blob of BLOBS) {
    const answer = await http.request("GET", `/v2/${repository}/blobs/${digestOf(blob)}`);
    assert.equal(answer.status, 307);
  }
}

describe("calls of the store, by image", () => {
  let replicas: Awaited<ReturnType<typeof openReplica>>[] = [];
  const one = () => replicas[0]?.world.http ?? assert.fail("no replica");

  before(async () => {
    replicas = await Promise.all([openReplica(), openReplica(), openReplica()]);
  });
  after(async () => {
    for (const { world } of replicas) await world.close();
  });

  const row = (name: string, limit: number, run: () => Promise<void>) =>
    test(name, async (context) => {
      for (const { forget } of replicas) forget();
      await run();
      for (const { world } of replicas) await world.registry.settled();
      const calls = replicas.flatMap((replica) => replica.calls.map(({ operation, key }) => `${operation} ${key}`));
      context.diagnostic(`${calls.length} of ${limit}`);
      assert.ok(calls.length <= limit, `${calls.length} calls, ${limit} allowed:\n${calls.join("\n")}`);
    });

  row("docker push, one process", 92, () => push(one(), "budget/one"));
  row("docker push, three replicas by turns", 120, () =>
    push(alternating(replicas.map(({ world }) => world)), "budget/three"),
  );
  row("the same image into another repository, by mounts", 45, () => pushByMounts(one(), "budget/two", "budget/one"));
  row("docker pull, by replicas that alternate and have just started", 15, async () => {
    replicas.push(await openReplica(), await openReplica(), await openReplica());
    await pull(alternating(replicas.slice(3).map(({ world }) => world)), "budget/one");
  });
  row("docker pull, by a process that has just started", 4, async () => {
    const replica = await openReplica();
    replicas.push(replica);
    await pull(replica.world.http, "budget/one");
  });
  row("docker pull, once more", 1, () => pull(replicas.at(-1)?.world.http ?? one(), "budget/one"));
});
