/**
 * Many nodes that pull one tag at once, as Kubernetes does it: what that costs in calls of the store. The registry is the real
 * one, with its sockets; the store is a model, in memory, that takes as long for a call as S3 does and signs URLs.
 * Run it with `npm run bench:storm`; what it printed, and what follows from it, is in docs/scaling.md.
 */
import assert from "node:assert/strict";
import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Presigner, StorageDriver } from "../../../drivers/contract.ts";
import { withFaults } from "../../../drivers/layers/faults.ts";
import { createMemoryDriver } from "../../../drivers/memory/driver.ts";
import { type Random, seededRandom } from "../../support/random.ts";
import { imageManifest, json, pushBlob, pushManifest } from "../../support/registry-content.ts";
import { HttpClient } from "../../support/registry-http.ts";
import { openWorld, type World } from "../../support/registry-world.ts";

const REPOSITORY = "team/service";
const TAG = "v1";
const LAYERS = 10;
/** As containerd and docker do. */
const BLOBS_AT_ONCE = 3;
const CONNECTIONS_OF_A_REPLICA = 200;

interface Storm {
  readonly nodes: number;
  readonly replicas: number;
}

/** Calls by operation, since the last `reset`. */
interface Model {
  readonly driver: StorageDriver;
  readonly calls: Map<string, number>;
}

/** Most calls of S3 for a small object take 10 to 30 ms, and one in a hundred 100 ms. */
const latency = (random: Random): number => (random.below(100) === 0 ? 100 : 10 + random.below(20));

function modelStore(): Model {
  const calls = new Map<string, number>();
  const random = seededRandom(1);
  const presign: Presigner = {
    presignGet: async (key, { expiresInSeconds }) => ({
      url: new URL(`https://bucket.test/${key}?signature=x`),
      expiresAt: new Date(Date.now() + expiresInSeconds * 1000),
    }),
  };
  const driver = withFaults(
    createMemoryDriver(),
    (operation) => {
      calls.set(operation, (calls.get(operation) ?? 0) + 1);
      return { fault: "delay", milliseconds: latency(random) };
    },
    { sleep: (milliseconds, { signal }) => sleep(milliseconds, undefined, { signal }) },
  );
  // Signing asks nobody.
  return { driver: { ...driver, presign }, calls };
}

interface Image {
  readonly manifest: string;
  readonly blobs: readonly string[];
}

async function pushImage({ http }: World): Promise<Image> {
  const layers = Array.from({ length: LAYERS }, (_, index) => Buffer.from(`layer ${index}`));
  const config = json({ architecture: "amd64", os: "linux" });
  const blobs = await Promise.all([config, ...layers].map((bytes) => pushBlob(http, REPOSITORY, bytes)));
  return { manifest: await pushManifest(http, REPOSITORY, TAG, imageManifest({ config, layers })), blobs };
}

/** A node may meet another replica with each request. */
async function pull(replicas: readonly HttpClient[], { manifest, blobs }: Image, random: Random): Promise<void> {
  const ask = async (method: string, path: string, expected: number) => {
    const replica = replicas[random.below(replicas.length)];
    const answer = await replica?.request(method, `/v2/${REPOSITORY}/${path}`);
    assert.equal(answer?.status, expected, `${method} ${path}`);
  };
  await ask("HEAD", `manifests/${TAG}`, 200);
  await ask("GET", `manifests/${manifest}`, 200);
  const left = [...blobs];
  const fetchBlobs = async () => {
    for (let digest = left.shift(); digest; digest = left.shift()) await ask("GET", `blobs/${digest}`, 307);
  };
  await Promise.all(Array.from({ length: BLOBS_AT_ONCE }, fetchBlobs));
}

async function run({ nodes, replicas }: Storm): Promise<string> {
  const { driver, calls } = modelStore();
  const pusher = await openWorld(driver);
  const image = await pushImage(pusher);
  const worlds = await Promise.all(Array.from({ length: replicas }, () => openWorld(driver)));
  calls.clear();
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS_OF_A_REPLICA });
  const clients = worlds.map(({ http }) => new HttpClient(http.port, agent));
  const random = seededRandom(2);
  const begun = performance.now();
  await Promise.all(Array.from({ length: nodes }, () => pull(clients, image, random)));
  const seconds = (performance.now() - begun) / 1000;
  agent.destroy();
  for (const world of [pusher, ...worlds]) await world.close();
  const total = [...calls.values()].reduce((sum, count) => sum + count, 0);
  const requests = nodes * (2 + LAYERS + 1);
  return `| ${nodes} | ${replicas} | ${requests} | ${total} | ${(total / nodes).toFixed(4)} | ${seconds.toFixed(0)} |`;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

say("| nodes | replicas | requests | calls of the store | for each pull | seconds here |");
say("|--:|--:|--:|--:|--:|--:|");
for (const nodes of [100, 1000, 10_000]) {
  for (const replicas of [1, 3, 10]) say(await run({ nodes, replicas }));
}
