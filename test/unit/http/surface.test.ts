/** Thousands of requests that make little sense: none may be a failure, leave a handle, or write where it should not. */
import assert from "node:assert/strict";
import { readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { StorageDriver } from "../../../drivers/contract.ts";
import { createMemoryDriver } from "../../../drivers/memory/driver.ts";
import { openDriver } from "../../../drivers/open.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { OCI_IMAGE, OCI_INDEX } from "../../../src/oci/media-types.ts";
import { systemRuntime } from "../../../src/runtime.ts";
import { bytesOf } from "../../support/bytes.ts";
import { type Random, seededRandom } from "../../support/random.ts";
import { descriptorOf, EMPTY_JSON, imageManifest, indexManifest, pushImage } from "../../support/registry-content.ts";
import type { Answer, HttpClient } from "../../support/registry-http.ts";
import { createManualRuntime } from "../../support/registry-runtime.ts";
import { failuresIn, openWorld, type World } from "../../support/registry-world.ts";
import { temporaryDirectory } from "../../support/temp.ts";

const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));

class Chance {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  below(count: number): number {
    return this.#random.below(count);
  }

  one<T>(list: readonly T[]): T {
    return list[this.below(list.length)] ?? assert.fail("an empty list");
  }

  often(probability: number): boolean {
    return this.below(1000) < probability * 1000;
  }

  /** With a few characters changed. */
  spoil(text: string): string {
    const at = this.below(text.length + 1);
    const noise = this.one(["", "/", "..", "%", "%2e%2e", "%00", "é", "?", "&", "A", "\\", "//", "%2F", ":", "~"]);
    return text.slice(0, at) + noise + text.slice(at + this.below(3));
  }
}

const SMALL = bytesOf(10);
const LARGE = bytesOf(300);
const BODIES: readonly Buffer[] = [
  Buffer.alloc(0),
  SMALL,
  LARGE,
  EMPTY_JSON,
  imageManifest(),
  imageManifest({ layers: [SMALL], fields: { subject: descriptorOf(EMPTY_JSON, OCI_IMAGE) } }),
  indexManifest([descriptorOf(imageManifest(), OCI_IMAGE)]),
  Buffer.from("nonsense"),
  Buffer.from('{"schemaVersion":1}'),
];
const DIGESTS = BODIES.flatMap((body) => [digestOf(body), digestOf(body, "sha512")]);
const NAMES = [
  "a",
  "b/c",
  "tags",
  "blobs/uploads",
  "manifests/list",
  "a/../b",
  "..",
  "A",
  "_catalog",
  "",
  "x".repeat(300),
];
const METHODS = ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "PURGE", "TRACE"];
const HEADERS: Readonly<Record<string, readonly string[]>> = {
  range: ["bytes=0-3", "bytes=-1", "bytes=9-", "bytes=99999999999-", "bytes=5-2", "x"],
  "content-range": ["0-9", "0-299", "10-19", "5-2", "bytes 0-9/10", "x", "0-99999999999999999"],
  "content-type": [OCI_IMAGE, OCI_INDEX, "text/plain", "application/octet-stream", "x", ";;;", "é"],
  "if-none-match": ["*", '"x"', ",,,", `"${DIGESTS[0]}"`],
  "if-range": ["x", `"${DIGESTS[0]}"`],
  authorization: ["Basic x", "Bearer y", "Basic", " ", "Basic =====", "Negotiate z"],
  accept: ["*/*", "x", OCI_INDEX],
  "x-request-id": ["ok", "not ok", "é", "x".repeat(100)],
  "x-forwarded-host": ["evil.example", "a, b", "é"],
  "x-forwarded-proto": ["https", "javascript"],
  "x-forwarded-for": ["1.2.3.4", "::1", "nonsense"],
  cookie: ["a=b"],
  connection: ["close", "keep-alive", "x"],
};
const PARAMETERS = [
  "n=1",
  "n=0",
  "n=x",
  "last=a",
  "last=%00",
  "tag=x",
  "tag=.",
  "artifactType=x",
  "mount=x",
  "from=a",
  "digest-algorithm=sha512",
  "_state=x",
  "%",
  "=",
  "a=b=c",
];

interface Attempt {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | readonly Buffer[] | undefined;
}

class Fuzzer {
  readonly #chance: Chance;
  /** Locations that the registry gave away. */
  readonly #known: string[] = ["/v2/"];

  constructor(seed: number) {
    this.#chance = new Chance(seed);
  }

  next(): Attempt {
    const chance = this.#chance;
    const [method, path, body] = this.#request();
    const headers = Object.entries(HEADERS)
      .filter(() => chance.often(0.06))
      .map(([name, values]) => [name, Buffer.from(chance.one(values)).toString("latin1")] as const);
    const pieces = body && chance.often(0.2) ? [body.subarray(0, 7), body.subarray(7)] : body;
    return { method, path: printable(path), headers: Object.fromEntries(headers), body: pieces };
  }

  /** Remembers where the registry says that one can go on. */
  learn(answer: Answer): void {
    const { location } = answer.headers;
    if (location?.startsWith("/v2/")) this.#known.push(location);
    if (this.#known.length > 100) this.#known.splice(1, 50);
  }

  #request(): readonly [method: string, path: string, body: Buffer | undefined] {
    const chance = this.#chance;
    const body = chance.one(BODIES);
    const [method, path] = chance.often(0.3) ? this.#sensible(body) : [chance.one(METHODS), this.#path()];
    const query = chance.often(0.2) ? `${path.includes("?") ? "&" : "?"}${chance.one(PARAMETERS)}` : "";
    const spoilt = chance.often(0.15) ? chance.spoil(path + query) : path + query;
    const carries = chance.often(0.9) && ["PUT", "POST", "PATCH", "PURGE"].includes(method);
    return [method, spoilt, carries ? body : undefined];
  }

  /** What a client might do. */
  #sensible(body: Buffer): readonly [method: string, path: string] {
    const chance = this.#chance;
    const name = chance.one(["a", "b/c"]);
    const digest = digestOf(body, chance.one(["sha256", "sha512"]));
    const upload = this.#known.findLast((path) => path.includes("_state=")) ?? `/v2/${name}/blobs/uploads/x`;
    return chance.one([
      ["POST", `/v2/${name}/blobs/uploads/`],
      ["POST", `/v2/${name}/blobs/uploads/?digest=${digest}`],
      ["POST", `/v2/${name}/blobs/uploads/?mount=${digest}&from=${chance.one(["a", "b/c"])}`],
      ["PATCH", upload],
      ["PUT", `${upload}&digest=${digest}`],
      ["GET", upload],
      ["DELETE", upload],
      ["PUT", `/v2/${name}/manifests/${chance.one(["latest", digest])}`],
      ["GET", `/v2/${name}/manifests/${chance.one(["latest", digest])}`],
      ["DELETE", `/v2/${name}/manifests/${chance.one(["latest", digest])}`],
      ["GET", `/v2/${name}/blobs/${digest}`],
      ["DELETE", `/v2/${name}/blobs/${digest}`],
    ] as const);
  }

  #path(): string {
    const chance = this.#chance;
    const name = chance.one(NAMES);
    return chance.one([
      chance.one(this.#known),
      `/v2/${name}/blobs/${chance.one(DIGESTS)}`,
      `/v2/${name}/manifests/${chance.one([...DIGESTS, "latest", "..", ".", ""])}`,
      `/v2/${name}/blobs/uploads/${chance.one(["", "id", "..", "%2e%2e%2f%2e%2e"])}`,
      `/v2/${name}/tags/list`,
      `/v2/${name}/referrers/${chance.one(DIGESTS)}`,
      "/v2/_catalog",
      "/",
      "/readyz",
      "/v2",
      `/${name}`,
      "/../../etc/passwd",
      "/v2/../../x",
    ]);
  }
}

/** What Node's client lets through. */
function printable(path: string): string {
  return path.replace(/[^!-~]/g, (character) => encodeURIComponent(character.toWellFormed())) || "/";
}

function assertSane(answer: Answer, { method, path }: Attempt, message: string): void {
  assert.ok(answer.status >= 200 && answer.status < 500, `${answer.status} ${message}`);
  if (answer.status < 400 || method === "HEAD" || !path.startsWith("/v2/")) return;
  assert.match(answer.header("content-type"), /^application\/json/, message);
  for (const { code, message: text } of answer.errors()) {
    assert.match(code, /^[A-Z_]+$/, message);
    assert.ok(text.length > 0, message);
  }
}

async function fuzz({ http }: World, seed: number, count: number): Promise<void> {
  const fuzzer = new Fuzzer(seed);
  for (let n = 0; n < count; n += 4) {
    // A few at a time: requests that meet each other are part of the surface.
    await Promise.all(
      Array.from({ length: 4 }, async (_, index) => {
        const attempt = fuzzer.next();
        const message = `FUZZ_SEED=${SEED}, request ${n + index}: ${attempt.method} ${attempt.path} ${JSON.stringify(attempt.headers)}`;
        const answer = await http
          .request(attempt.method, attempt.path, attempt)
          .catch((error) => assert.fail(`${error} ${message}`));
        assertSane(answer, attempt, message);
        fuzzer.learn(answer);
      }),
    );
  }
}

/** Sockets that end in the middle of a request, in one direction or in both. */
async function breakOff(http: HttpClient, seed: number, count: number): Promise<void> {
  const chance = new Chance(seed);
  const fuzzer = new Fuzzer(seed);
  await Promise.all(Array.from({ length: count }, () => breakOne(http, chance, fuzzer.next())));
}

async function breakOne(http: HttpClient, chance: Chance, { method, path, headers }: Attempt): Promise<void> {
  const lines = Object.entries({ host: "x", "content-length": "100", ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  const text = `${method} ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${"x".repeat(chance.below(150))}`;
  const bytes = Buffer.from(text, "latin1").subarray(0, chance.often(0.5) ? undefined : chance.below(text.length));
  const ending = chance.one(["end", "destroy", "reset"]);
  const socket = await http.socket();
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.on("error", () => {}).resume();
  await new Promise((resolve) => socket.write(bytes, resolve));
  if (ending === "destroy") socket.destroy();
  else if (ending === "reset") socket.resetAndDestroy();
  else socket.end();
  // A server may wait for the rest of a half-closed connection for longer than anybody else.
  const impatience = setTimeout(() => socket.destroy(), 500);
  await closed;
  clearTimeout(impatience);
}

async function withWatchedProcess(run: () => Promise<void>): Promise<void> {
  const stray: unknown[] = [];
  const note = (error: unknown) => void stray.push(error);
  process.on("unhandledRejection", note).on("uncaughtException", note);
  try {
    await run();
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off("unhandledRejection", note).off("uncaughtException", note);
  }
  assert.deepEqual(stray, []);
}

function assertNoFailures({ log }: World): void {
  assert.deepEqual(failuresIn(log).slice(0, 3), [], `FUZZ_SEED=${SEED}`);
}

/** What this process has open, as the kernel names it. */
async function openHandles(): Promise<string[]> {
  const handles = await readdir("/proc/self/fd");
  // The one of this reading itself is closed already.
  return await Promise.all(handles.map((handle) => readlink(`/proc/self/fd/${handle}`).catch(() => "closed")));
}

async function surface(driver: StorageDriver, count: number): Promise<void> {
  // Whoever waits for another request must not wait for ever.
  const runtime = { ...createManualRuntime(), sleep: systemRuntime.sleep };
  const world = await openWorld(driver, { runtime, registry: { partSize: 64 } });
  try {
    await withWatchedProcess(async () => {
      await pushImage(world.http, "a", "latest");
      await fuzz(world, SEED, count);
      await breakOff(world.http, SEED, count / 10);
      assert.equal((await world.http.request("GET", "/v2/")).status, 200);
    });
  } finally {
    await world.close();
  }
  assertNoFailures(world);
}

test("in memory, in tiny parts", async (t) => {
  t.diagnostic(`FUZZ_SEED=${SEED}`);
  await surface(createMemoryDriver({ limits: { minPartSize: 64, maxPartSize: 2 ** 30, maxParts: 10_000 } }), 3000);
});

test("on a disk: no file outside of the root, no handle left open", async (t) => {
  t.diagnostic(`FUZZ_SEED=${SEED}`);
  const directory = await temporaryDirectory();
  t.after(directory.remove);
  const root = join(directory.path, "deep", "root");
  const driver = await openDriver("filesystem", { rootdirectory: root }, { warn: () => {} });
  await surface(driver, 40);
  const before = await openHandles();
  await surface(driver, 800);
  // Connections that were broken off close a moment later.
  let after = await openHandles();
  for (const deadline = performance.now() + 10_000; after.length > before.length && performance.now() < deadline; ) {
    await sleep(10);
    after = await openHandles();
  }
  assert.ok(after.length <= before.length, `a handle was left open: before ${before}; after ${after}`);
  await driver.close();
  assert.deepEqual(await readdir(directory.path), ["deep"]);
  assert.deepEqual(await readdir(join(directory.path, "deep")), ["root"]);
  assert.deepEqual((await readdir(root)).sort(), ["docker", "moorage"]);
});
