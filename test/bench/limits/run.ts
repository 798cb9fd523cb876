/**
 * What this machine, Node and the store can do at all, beside what registries do: `npm run bench:limits`. What follows from it
 * is in docs/benchmarks.md.
 */
import { randomBytes } from "node:crypto";
import { chmod, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { forEachAtOnce } from "../../../drivers/at-once.ts";
import { temporaryDirectory } from "../../e2e/support/directories.ts";
import { startNginx } from "../../e2e/support/nginx.ts";
import { freePort, startServer } from "../../e2e/support/servers.ts";
import { download } from "../load/download.ts";
import { createClient } from "../load/http.ts";
import { ACCEPT } from "../load/images.ts";
import { getAgainAndAgain } from "../load/wrk.ts";
import { OURS, REFERENCE } from "../peers/index.ts";
import { startPeer } from "../peers/running.ts";
import { endedProcessorSeconds, type Usage, usageOf } from "../peers/usage.ts";
import { show } from "../report.ts";
import { timesWhileUploading, UPLOADS } from "../rows/busy.ts";
import { MEBIBYTE, onFilesystem, onS3, onS3Directly, pushOneImage, REPOSITORY, TAG } from "../rows/scene.ts";
import { medianOf, percentileOf } from "../statistics.ts";
import { openStores, type Place, type Stores } from "../stores/places.ts";

const CONNECTIONS = 32;
const SECONDS = 2;
const ROUNDS = 5;
const DELAY_MILLISECONDS = 5;
const BLOB = 100 * MEBIBYTE;
const DOWNLOADS = 16;
const CLIENTS = [1, 8, 32];
const LINK_BYTES = 71;
const KEY = "docker/registry/v2/limits";

interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

function say(...cells: readonly (string | number)[]): void {
  const shown = cells.map((cell) => (typeof cell === "number" ? show(cell) : cell));
  process.stdout.write(`| ${shown.join(" | ")} |\n`);
}

function sayHead(...names: readonly string[]): void {
  process.stdout.write("\n");
  say(...names);
  say("---", ...names.slice(1).map(() => "--:"));
}

/** The median of each number. */
async function repeat(measure: () => Promise<readonly number[]>): Promise<number[]> {
  const rounds: (readonly number[])[] = [];
  for (let n = 0; n < ROUNDS; n++) rounds.push(await measure());
  return (rounds[0] ?? []).map((_, index) => medianOf(rounds.map((round) => round[index] ?? 0)));
}

/** Requests a second, what one of them costs server and client, and how many the cores would do if neither ever waited. */
async function sayRequests(name: string, target: Target, usage: () => Promise<Usage>): Promise<void> {
  const run = (seconds: number) => getAgainAndAgain({ ...target, connections: CONNECTIONS, seconds });
  await run(1);
  const costs = await repeat(async () => {
    const [server, client] = [await usage(), await endedProcessorSeconds()];
    const { requests, perSecond } = await run(SECONDS);
    const [serverAfter, clientAfter] = [await usage(), await endedProcessorSeconds()];
    const microseconds = (seconds: number) => (seconds / requests) * 1e6;
    return [
      perSecond,
      microseconds(serverAfter.processorSeconds - server.processorSeconds),
      microseconds(clientAfter - client),
    ];
  });
  const [, server = 0, client = 0] = costs;
  say(name, ...costs, (availableParallelism() * 1e6) / (server + client));
}

async function sayAllRequests(stores: Stores): Promise<void> {
  sayHead("32 connections", "req/s", "µs CPU, server", "µs CPU, wrk", "req/s if both cores were always busy");
  for (const workers of [1, 2]) {
    const port = await freePort();
    const program = fileURLToPath(new URL("bare-server.ts", import.meta.url));
    const server = await startServer(process.execPath, [program, String(port), String(workers)], { port });
    const target = { url: server.url, headers: ACCEPT };
    await sayRequests(`node:http alone, processes: ${workers}`, target, () => usageOf(server.pid));
    await server.stop();
  }
  for (const peer of [REFERENCE, ...OURS]) {
    const place = await stores.create(onFilesystem);
    const registry = await startPeer(peer, { place, settings: {}, directory: temporaryDirectory() });
    const { digest } = await pushOneImage(registry);
    for (const reference of [digest, TAG]) {
      const url = `${registry.url}/v2/${REPOSITORY}/manifests/${reference}`;
      const way = reference === TAG ? "tag" : "digest";
      await sayRequests(`${peer.name}, by ${way}`, { url, headers: ACCEPT }, registry.usage);
    }
    await registry.stop();
    await place.remove();
  }
}

/** An object of so many bytes, for whoever comes with what is signed. */
async function signedObject(place: Place, size: number): Promise<{ readonly path: string; readonly host: string }> {
  const driver = await place.openDriver();
  await driver.put(KEY, randomBytes(size));
  const { url } = (await driver.presign?.presignGet(KEY, { expiresInSeconds: 3600 })) ?? {};
  await driver.close();
  if (url === undefined) throw new Error("this store signs no URLs");
  return { path: url.pathname + url.search, host: url.host };
}

const endpointOf = (place: Place): string => (place.kind === "s3" ? place.endpoint : "");

async function sayCalls(stores: Stores): Promise<void> {
  sayHead("one small object of the store, 1 connection", "ms");
  const [direct, proxied] = [await stores.create(onS3Directly), await stores.create(onS3(0))];
  for (const [name, place, delay] of [
    ["the store itself", direct, 0],
    ["through the proxy", proxied, 0],
    [`through the proxy, + ${DELAY_MILLISECONDS} ms`, proxied, DELAY_MILLISECONDS],
  ] as const) {
    const { path, host } = await signedObject(place, LINK_BYTES);
    stores.delay(delay);
    const load = { url: endpointOf(place) + path, headers: { Host: host }, connections: 1, seconds: SECONDS };
    say(name, ...(await repeat(async () => [(await getAgainAndAgain(load)).p50])));
    stores.delay(0);
  }
  await Promise.all([direct.remove(), proxied.remove()]);
}

/** What a tag is read from, by clients of the store, beside uploads that go through a registry. */
async function sayBusy(stores: Stores): Promise<void> {
  sayHead(`a link from the store itself while ${UPLOADS} large uploads run`, "ms, median", "ms, 99th percentile");
  for (const peer of [REFERENCE, ...OURS]) {
    const place = await stores.create(onS3Directly);
    const registry = await startPeer(peer, { place, settings: {}, directory: temporaryDirectory() });
    const { path, host } = await signedObject(place, LINK_BYTES);
    const client = createClient({ url: endpointOf(place), headers: { host } });
    const ask = () => client.ask({ method: "GET", path, expected: 200 });
    const numbers = await repeat(async () => {
      const times = await timesWhileUploading(registry, { seconds: SECONDS, quick: false }, ask);
      return [medianOf(times), percentileOf(times, 0.99)];
    });
    say(`through ${peer.name}`, ...numbers);
    client.close();
    await registry.stop();
    await place.remove();
  }
}

async function sayDownloads(name: string, { url, headers }: Target, path: string): Promise<void> {
  const speeds: number[] = [];
  for (const clients of CLIENTS) {
    const downloads = Array.from({ length: Math.max(DOWNLOADS, clients) }, () => path);
    const [speed = 0] = await repeat(async () => {
      const begunAt = performance.now();
      await forEachAtOnce(downloads, clients, (path) => download({ url, headers }, path, BLOB));
      return [(downloads.length * BLOB) / MEBIBYTE / ((performance.now() - begunAt) / 1000)];
    });
    speeds.push(speed);
  }
  say(name, ...speeds);
}

async function sayAllDownloads(stores: Stores): Promise<void> {
  sayHead("100 MiB, MiB/s", ...CLIENTS.map((clients) => `clients: ${clients}`));
  const [direct, proxied] = [await stores.create(onS3Directly), await stores.create(onS3(0))];
  for (const [name, place] of [
    ["the store itself", direct],
    ["a proxy of Node that only passes bytes on", proxied],
  ] as const) {
    const { path, host } = await signedObject(place, BLOB);
    await sayDownloads(name, { url: endpointOf(place), headers: { host } }, path);
  }
  await Promise.all([direct.remove(), proxied.remove()]);
  const [directory, port] = [temporaryDirectory(), await freePort()];
  await chmod(directory, 0o755); // nginx' workers are somebody else
  await writeFile(join(directory, "blob"), randomBytes(BLOB));
  const http = `server { listen 127.0.0.1:${port}; root ${directory}; sendfile on; sendfile_max_chunk 1m; tcp_nopush on; }`;
  const nginx = await startNginx({ port, workers: availableParallelism(), http });
  await sayDownloads("nginx with a file, by sendfile", { url: nginx.url, headers: {} }, "/blob");
  await nginx.stop();
}

const stores = await openStores([{ store: "s3" }]);
try {
  await sayAllRequests(stores);
  await sayCalls(stores);
  await sayBusy(stores);
  await sayAllDownloads(stores);
} finally {
  await stores.stop();
}
