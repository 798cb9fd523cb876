/** Uploads outlive connections, processes and crashes; what was acknowledged is there. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { registrySource } from "./support/content.ts";
import { digestOf } from "./support/images.ts";
import { type Moorage, startMoorage } from "./support/moorage.ts";
import { createRandom, type Random } from "./support/random.ts";
import { until } from "./support/until.ts";
import {
  append,
  appendAndBreakOff,
  complete,
  startUpload,
  statusOf,
  UnexpectedStatus,
  type Upload,
} from "./support/uploads.ts";
import { filesBelow } from "./support/usage.ts";

const MEBIBYTE = 1024 * 1024;
const MAX_KILLS = 15;

for (const end of ["stop", "kill"] as const) {
  test(`an upload goes on after the process was restarted: ${end}`, async (t) => {
    const registry = await startMoorage(t);
    const blob = createRandom("restart").bytes(30 * MEBIBYTE);
    let upload = await startUpload(registry.url, "app");
    for (const size of [1000, 10 * MEBIBYTE, 500_000]) {
      upload = await append(registry.url, upload, blob.subarray(upload.offset, upload.offset + size));
      await registry[end]();
      await registry.restart();
      assert.equal((await statusOf(registry.url, upload)).offset, upload.offset);
    }
    upload = await append(registry.url, upload, blob.subarray(upload.offset));
    await complete(registry.url, upload, digestOf(blob));
    assert.deepEqual(await registrySource(registry.url, "app").blob(digestOf(blob)), blob);
    // A process that is killed leaves what it was about to clean up, for the reaper, and only in moorage/.
    if (end === "stop") await nothingIsLeft(registry);
    else await assertNothingHalf(registry, new Set([digestOf(blob)]));
  });
}

test("two processes on one directory take the chunks in turn", async (t) => {
  const first = await startMoorage(t);
  const second = await startMoorage(t, { directory: first.directory });
  const random = createRandom("in turn");
  const blob = random.bytes(20 * MEBIBYTE);
  let upload = await startUpload(first.url, "app");
  for (let n = 0; upload.offset < blob.length; n++) {
    const { url } = n % 2 === 0 ? second : first;
    const end = upload.offset + 1 + random.below(3 * MEBIBYTE);
    upload = await append(url, await statusOf(url, upload), blob.subarray(upload.offset, end));
  }
  await complete(second.url, upload, digestOf(blob));
  for (const { url } of [first, second]) {
    assert.deepEqual(await registrySource(url, "app").blob(digestOf(blob)), blob);
  }
  await nothingIsLeft(first);
});

test("an upload goes on after its connection broke in the middle of a chunk", async (t) => {
  const registry = await startMoorage(t);
  const blob = createRandom("broken").bytes(25 * MEBIBYTE);
  let upload = await startUpload(registry.url, "app");
  upload = await append(registry.url, upload, blob.subarray(0, 3 * MEBIBYTE));
  await appendAndBreakOff(registry.url, upload, blob.subarray(upload.offset), 12 * MEBIBYTE);

  upload = await appendUntilDone(registry, upload, blob);
  await complete(registry.url, upload, digestOf(blob));
  assert.deepEqual(await registrySource(registry.url, "app").blob(digestOf(blob)), blob);
});

test("nothing acknowledged is lost when the process is killed again and again", { timeout: 240_000 }, async (t) => {
  const registry = await startMoorage(t);
  const seed = process.env.MOORAGE_E2E_SEED ?? "kill";
  const blobs = Array.from({ length: 20 }, (_, n) => {
    const random = createRandom(`${seed} ${n}`);
    return { random, bytes: random.bytes(1000 + random.below(12 * MEBIBYTE)) };
  });
  const over = new AbortController();
  const killer = killAgainAndAgain(registry, createRandom(seed), over.signal);
  const restarts = await Promise.all(blobs.map(({ bytes, random }) => pushStubbornly(registry, bytes, random)));
  over.abort();
  const kills = await killer;

  t.diagnostic(
    `seed ${JSON.stringify(seed)}: ${kills} kills, ${restarts.reduce((sum, n) => sum + n, 0)} uploads begun anew`,
  );
  assert.ok(kills >= 5, `only ${kills} kills`);
  for (const { bytes } of blobs) {
    assert.ok((await registrySource(registry.url, "app").blob(digestOf(bytes))).equals(bytes));
  }
  await assertNothingHalf(registry, new Set(blobs.map(({ bytes }) => digestOf(bytes))));
});

/** Leaves it running, and resolves to how often it was killed. */
async function killAgainAndAgain(registry: Moorage, random: Random, over: AbortSignal): Promise<number> {
  let kills = 0;
  while (!over.aborted && kills < MAX_KILLS) {
    await sleep(random.below(250));
    await registry.kill();
    kills++;
    await registry.restart();
  }
  return kills;
}

/** Resolves to how often it had to begin anew. */
async function pushStubbornly(registry: Moorage, bytes: Buffer, random: Random): Promise<number> {
  for (let beginnings = 0; ; beginnings++) {
    const upload = await untilAnswered(() => startUpload(registry.url, "app"));
    if (await pushWith(registry, upload, bytes, random)) return beginnings;
  }
}

/** `false`: the upload is gone, and nothing was acknowledged that the blob would be there. */
async function pushWith(registry: Moorage, started: Upload, bytes: Buffer, random: Random): Promise<boolean> {
  let upload = started;
  while (upload.offset < bytes.length) {
    const end = upload.offset + 1 + random.below(MEBIBYTE / 2);
    try {
      upload = await append(registry.url, upload, bytes.subarray(upload.offset, end));
    } catch (error) {
      const acknowledged = upload.offset;
      upload = await untilAnswered(() => statusOf(registry.url, upload));
      assert.ok(upload.offset >= acknowledged, `${acknowledged} bytes were acknowledged, ${upload.offset} are there`);
      if (error instanceof UnexpectedStatus && error.status !== 416) throw error;
    }
  }
  try {
    await untilAnswered(() => complete(registry.url, upload, digestOf(bytes)));
    return true;
  } catch (error) {
    if (error instanceof UnexpectedStatus && error.status === 404) return false;
    throw error;
  }
}

/** Goes on from where the server is, as often as it says that this is somewhere else. */
async function appendUntilDone({ url }: Moorage, started: Upload, bytes: Buffer): Promise<Upload> {
  let upload = await statusOf(url, started);
  while (upload.offset < bytes.length) {
    try {
      upload = await append(url, upload, bytes.subarray(upload.offset));
    } catch (error) {
      if (!(error instanceof UnexpectedStatus) || error.status !== 416) throw error;
      upload = await statusOf(url, upload);
    }
  }
  return upload;
}

/** Repeats what got no answer. */
async function untilAnswered<Value>(ask: () => Promise<Value>): Promise<Value> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof UnexpectedStatus || error instanceof assert.AssertionError) throw error;
      await sleep(50);
    }
  }
}

/** Cleaning up goes on after the answer. */
async function nothingIsLeft({ directory }: Moorage): Promise<void> {
  await until("nothing is left of the upload", async () => {
    const files = await filesBelow(join(directory, "moorage"));
    return !files.some((file) => /^(uploads|tmp)\//.test(file));
  });
}

/** Outside of `moorage/` there are only whole blobs, and links to them. */
async function assertNothingHalf({ directory }: Moorage, digests: ReadonlySet<string>): Promise<void> {
  for (const file of await filesBelow(directory)) {
    if (file.startsWith("moorage/")) continue;
    const content = await readFile(join(directory, file));
    const blob = /^docker\/registry\/v2\/blobs\/sha256\/..\/(\w{64})\/data$/.exec(file)?.[1];
    const link = /^docker\/registry\/v2\/repositories\/app\/_layers\/sha256\/(\w{64})\/link$/.exec(file)?.[1];
    assert.ok(blob !== undefined || link !== undefined, `left behind: ${file}`);
    const digest = blob === undefined ? content.toString("latin1") : digestOf(content);
    assert.equal(digest, `sha256:${blob ?? link}`, file);
    assert.ok(digests.has(digest), file);
  }
}
