/**
 * Pushes blobs of random bytes at the same time, from a process of its own, and prints how long they took, in JSON:
 *
 *   node pushes.ts URL WAY COUNT BYTES
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { run } from "../../e2e/support/programs.ts";
import { randomChunks } from "../../e2e/support/random.ts";

/** As docker does it: the digest is told when the bytes are there. Or with the bytes. */
export type Way = "PATCH, then PUT" | "one PUT" | "one POST";

export interface PushTimes {
  readonly digest: string;
  /** Until the last byte was answered, or taken where that is the same request. */
  readonly pushSeconds: number;
  /** From then until the blob was there. */
  readonly commitSeconds: number;
}

export interface LargePushes {
  readonly way: Way;
  readonly count: number;
  readonly bytes: number;
}

const REPOSITORY = "large/pushes";
const OCTETS = { "content-type": "application/octet-stream" };

/** Rejects unless all of them are acknowledged in time. */
export async function pushLarge(
  url: string,
  { way, count, bytes }: LargePushes,
  timeoutMilliseconds: number,
): Promise<readonly PushTimes[]> {
  const script = fileURLToPath(import.meta.url);
  const { stdout } = await run(process.execPath, [script, url, way, String(count), String(bytes)], {
    timeoutMilliseconds,
  });
  return JSON.parse(stdout);
}

async function pushOne(url: URL, way: Way, bytes: number, seed: string): Promise<PushTimes> {
  const agent = new Agent({ keepAlive: true });
  const hash = createHash("sha256");
  let pushedAt = 0;

  async function send(method: string, target: URL, status: number, body?: Iterable<Buffer>): Promise<URL> {
    const headers = { ...OCTETS, "content-length": body ? bytes : 0 };
    const sending = request(target, { agent, method, headers });
    const answer = once(sending, "response") as Promise<[IncomingMessage]>;
    if (body) await pipeline(Readable.from(body), sending);
    else sending.end();
    if (body && status === 201) pushedAt = performance.now();
    const [response] = await answer;
    assert.equal(response.statusCode, status, `${method}: ${await response.toArray()}`);
    response.resume();
    return new URL(response.headers.location ?? "", url);
  }
  function* hashed() {
    for (const chunk of randomChunks(seed, bytes)) {
      hash.update(chunk);
      yield chunk;
    }
  }
  const digestOfAll = () => {
    for (const _ of hashed());
    return `sha256:${hash.digest("hex")}`;
  };
  const withDigest = (target: URL, digest: string) => {
    target.searchParams.set("digest", digest);
    return target;
  };

  const uploads = new URL(`/v2/${REPOSITORY}/blobs/uploads/`, url);
  const known = way === "PATCH, then PUT" ? undefined : digestOfAll();
  const location = way === "one POST" ? uploads : await send("POST", uploads, 202);
  const begun = performance.now();
  let digest = known;
  if (digest !== undefined) {
    await send(way === "one POST" ? "POST" : "PUT", withDigest(location, digest), 201, randomChunks(seed, bytes));
  } else {
    const next = await send("PATCH", location, 202, hashed());
    pushedAt = performance.now();
    digest = `sha256:${hash.digest("hex")}`;
    await send("PUT", withDigest(next, digest), 201);
  }
  const committed = performance.now();
  agent.destroy();
  return { digest, pushSeconds: (pushedAt - begun) / 1000, commitSeconds: (committed - pushedAt) / 1000 };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , url = "", way, count, bytes] = process.argv;
  const seeds = Array.from({ length: Number(count) }, (_, index) => `push ${index}`);
  const times = await Promise.all(seeds.map((seed) => pushOne(new URL(url), way as Way, Number(bytes), seed)));
  process.stdout.write(JSON.stringify(times));
}
