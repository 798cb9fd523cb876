/** A layer of a gibibyte in little memory; clients that are slow, and clients that have stopped. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { digestOf } from "./support/images.ts";
import { residentMemory } from "./support/memory.ts";
import { startMoorage } from "./support/moorage.ts";
import { createRandom, randomChunks } from "./support/random.ts";
import { complete, startUpload, statusOf } from "./support/uploads.ts";

const GIBIBYTE = 1024 ** 3;
const MAX_MEBIBYTES = 250;
const OCTETS = { "content-type": "application/octet-stream" };

for (const way of ["PATCH, then PUT", "one PUT"] as const) {
  test(`a layer of 1 GiB, pushed with ${way}, and pulled`, { timeout: 240_000 }, async (t) => {
    const registry = await startMoorage(t);
    const idle = await residentMemory(registry.pid);
    const seed = `large ${way}`;
    const digest = digestOfChunks(randomChunks(seed, GIBIBYTE));

    const startedAt = performance.now();
    const upload = await startUpload(registry.url, "large");
    if (way === "one PUT") {
      await send("PUT", new URL(`${upload.path}&digest=${digest}`, registry.url), seed, 201);
    } else {
      await send("PATCH", new URL(upload.path, registry.url), seed, 202);
      await complete(registry.url, await statusOf(registry.url, upload), digest);
    }
    const pushed = await residentMemory(registry.pid);
    const pushSeconds = (performance.now() - startedAt) / 1000;

    const response = await fetch(`${registry.url}/v2/large/blobs/${digest}`);
    assert.equal(response.headers.get("content-length"), String(GIBIBYTE));
    assert.equal(await digestOfStream(response), digest);
    const pulled = await residentMemory(registry.pid);
    const pullSeconds = (performance.now() - startedAt) / 1000 - pushSeconds;

    t.diagnostic(`push ${pushSeconds.toFixed(1)} s, pull ${pullSeconds.toFixed(1)} s`);
    t.diagnostic(`MiB resident: idle ${idle.now}, at most ${pushed.peak} while pushing, ${pulled.peak} while pulling`);
    assert.ok(pulled.peak < MAX_MEBIBYTES, `${pulled.peak} MiB`);
  });
}

test("a slow client is waited for", async (t) => {
  const registry = await startMoorage(t, { env: { REGISTRY_HTTP_STALLTIMEOUT: "2s" } });
  const bytes = createRandom("slow").bytes(300);
  const upload = await startUpload(registry.url, "slow");
  const patch = request(new URL(upload.path, registry.url), {
    method: "PATCH",
    headers: { ...OCTETS, "content-length": bytes.length },
  });
  const response = answerOf(patch);
  for (let at = 0; at < bytes.length; at += 5) {
    patch.write(bytes.subarray(at, at + 5));
    await sleep(100);
  }
  patch.end();
  assert.equal((await response).statusCode, 202);
  await complete(registry.url, await statusOf(registry.url, upload), digestOf(bytes));
});

test("a client that has stopped is not", async (t) => {
  const registry = await startMoorage(t, { env: { REGISTRY_HTTP_STALLTIMEOUT: "2s" } });
  const upload = await startUpload(registry.url, "stalled");
  const url = new URL(upload.path, registry.url);

  await t.test("sending", async () => {
    const patch = request(url, { method: "PATCH", headers: { ...OCTETS, "content-length": 1000 } });
    patch.write(Buffer.alloc(500));
    const startedAt = performance.now();
    await assert.rejects(answerOf(patch), { code: "ECONNRESET" });
    const seconds = (performance.now() - startedAt) / 1000;
    assert.ok(seconds > 1.5 && seconds < 15, `${seconds} s`);
  });

  await t.test("receiving", async () => {
    const seed = "stalled";
    const size = 64 * 1024 * 1024;
    const digest = digestOfChunks(randomChunks(seed, size));
    await send(
      "PUT",
      new URL(`${(await startUpload(registry.url, "stalled")).path}&digest=${digest}`, registry.url),
      seed,
      201,
      size,
    );
    const get = request(`${registry.url}/v2/stalled/blobs/${digest}`);
    get.end();
    const response = await answerOf(get);
    response.pause();
    await sleep(6000);
    await assert.rejects(response.resume().toArray(), /aborted/);
  });
});

async function send(method: string, url: URL, seed: string, expected: number, size = GIBIBYTE): Promise<void> {
  const put = request(url, { method, headers: { ...OCTETS, "content-length": size } });
  const response = answerOf(put);
  await pipeline(Readable.from(randomChunks(seed, size)), put);
  const { statusCode } = await response;
  assert.equal(statusCode, expected);
}

async function answerOf(sent: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  if (sent.method !== "GET") response.resume();
  return response;
}

function digestOfChunks(chunks: Iterable<Buffer>): string {
  const hash = createHash("sha256");
  for (const chunk of chunks) hash.update(chunk);
  return `sha256:${hash.digest("hex")}`;
}

async function digestOfStream({ body }: Response): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of body ?? []) hash.update(chunk);
  return `sha256:${hash.digest("hex")}`;
}
