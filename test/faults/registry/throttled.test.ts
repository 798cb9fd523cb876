/** A store that asks for fewer requests is given time, and then the client is asked for the same: every kind of request. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type RetryOptions, withRetry } from "../../../drivers/layers/retry.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { bytesOf } from "../../support/bytes.ts";
import {
  EMPTY_JSON,
  imageManifest,
  pushBlob,
  pushImage,
  putManifest,
  startUpload,
  withDigest,
} from "../../support/registry-content.ts";
import type { Answer, HttpClient } from "../../support/registry-http.ts";
import { openWorld } from "../../support/registry-world.ts";
import { Failure } from "../../support/s3-double/failure.ts";
import { s3Scene } from "../../support/s3-scene.ts";
import { createSleeplessRuntime } from "../../support/sleepless-runtime.ts";

const PATIENCE: RetryOptions = {
  attempts: 4,
  firstDelayMilliseconds: 100,
  longestDelayMilliseconds: 300,
  patienceMilliseconds: 20_000,
};

const REFUSALS = [
  ["503 SlowDown", () => new Failure(503, "SlowDown")],
  ["429", () => new Failure(429, "TooManyRequests")],
] as const;

const bytes = bytesOf(1000);
const digest = digestOf(bytes);
const other = bytesOf(1000, "other");
const image = imageManifest({ layers: [bytes] });

/** What there is before the store is asked for too much. */
async function prepare(http: HttpClient) {
  await pushBlob(http, "a", bytes);
  await pushBlob(http, "a", EMPTY_JSON);
  const pushed = await pushImage(http, "a", "latest");
  const begin = async () => {
    const answer = await http.request("PATCH", await startUpload(http, "a"), { body: other });
    assert.equal(answer.status, 202);
    return answer.location;
  };
  return { manifest: pushed.digest, uploads: [await begin(), await begin()], fresh: await startUpload(http, "a") };
}

type Prepared = Awaited<ReturnType<typeof prepare>>;

/** All that asks the store. `/v2/` and the start of an upload do not. */
const REQUESTS: Readonly<Record<string, (http: HttpClient, there: Prepared) => Promise<Answer>>> = {
  "HEAD of a blob": (http) => http.request("HEAD", `/v2/a/blobs/${digest}`),
  "GET of a blob": (http) => http.request("GET", `/v2/a/blobs/${digest}`),
  "a part of a blob": (http) => http.request("GET", `/v2/a/blobs/${digest}`, { headers: { range: "bytes=5-9" } }),
  "HEAD of a manifest": (http) => http.request("HEAD", "/v2/a/manifests/latest"),
  "GET of a manifest by its tag": (http) => http.request("GET", "/v2/a/manifests/latest"),
  "GET of a manifest by its digest": (http) => http.request("GET", `/v2/a/manifests/${digestOf(image)}`),
  "GET of a blob that is not there": (http) => http.request("GET", `/v2/a/blobs/${digestOf(other)}`),
  "a blob with its POST": (http) =>
    http.request("POST", `/v2/a/blobs/uploads/?digest=${digestOf(other)}`, { body: other }),
  "a mount": (http) => http.request("POST", `/v2/b/blobs/uploads/?mount=${digest}&from=a`),
  "the first chunk": (http, { fresh }) => http.request("PATCH", fresh, { body: other }),
  "a blob with its PUT": (http, { fresh }) => http.request("PUT", withDigest(fresh, digestOf(other)), { body: other }),
  "one more chunk": (http, { uploads: [first = ""] }) => http.request("PATCH", first, { body: bytes }),
  "the status of an upload": (http, { uploads: [first = ""] }) => http.request("GET", first),
  "the end of an upload": (http, { uploads: [first = ""] }) => http.request("PUT", withDigest(first, digestOf(other))),
  "an upload that is cancelled": (http, { uploads: [, second = ""] }) => http.request("DELETE", second),
  "PUT of a manifest": (http) => putManifest(http, "a", "next", image),
  "DELETE of a tag": (http) => http.request("DELETE", "/v2/a/manifests/latest"),
  "DELETE of a manifest": (http, { manifest }) => http.request("DELETE", `/v2/a/manifests/${manifest}`),
  "DELETE of a blob": (http) => http.request("DELETE", `/v2/a/blobs/${digest}`),
  "a list of tags": (http) => http.request("GET", "/v2/a/tags/list"),
  "the catalogue": (http) => http.request("GET", "/v2/_catalog"),
  "a list of referrers": (http) => http.request("GET", `/v2/a/referrers/${digest}`),
};

/** Its waits, and how often the store was asked. */
async function open(t: TestContext) {
  const { double, open: openDriver } = await s3Scene(t);
  const waits: number[] = [];
  const tools = {
    sleep: async (milliseconds: number) => void waits.push(milliseconds),
    random: Math.random,
    monotonic: () => 0,
  };
  const driver = withRetry(await openDriver(), PATIENCE, tools);
  // What a process has seen a moment ago it need not ask for: here each request is the first of its process.
  const start = async () => {
    const world = await openWorld(driver, {
      registry: { redirects: false },
      runtime: createSleeplessRuntime(Date.now()),
    });
    t.after(() => world.close());
    return world;
  };
  return { double, waits, start };
}

for (const [title, refusal] of REFUSALS) {
  test(`all calls are answered ${title}: 503, when to come again, and nothing done`, async (t) => {
    const { double, waits, start } = await open(t);
    const there = await prepare((await start()).http);
    for (const [request, send] of Object.entries(REQUESTS)) {
      const { http } = await start();
      waits.length = 0;
      double.calls.length = 0;
      double.interfere = () => {
        throw refusal();
      };
      const answer = await send(http, there);
      double.interfere = undefined;
      assert.equal(answer.status, 503, `${request}: ${answer.status} ${answer.body}`);
      assert.equal(answer.header("retry-after"), "5", request);
      if (!request.startsWith("HEAD")) assert.equal(answer.errors()[0]?.code, "UNAVAILABLE", request);
      assert.ok(double.calls.length >= PATIENCE.attempts, `${request}: asked ${double.calls.length} times`);
      assert.ok(waits.length >= PATIENCE.attempts - 1 && waits.every((wait) => wait >= 0 && wait <= 300), request);
      // Random waits: all alike would mean that clients who were refused together come again together.
      assert.ok(new Set(waits).size > 1, request);
    }
    const { http } = await start();
    assert.equal((await http.request("GET", "/v2/a/manifests/latest")).status, 200);
    assert.equal((await http.request("GET", `/v2/a/blobs/${digestOf(other)}`)).status, 404);
    for (const [request, send] of Object.entries(REQUESTS)) {
      const { status, body } = await send(http, there);
      // What some of them do, others then find done.
      assert.ok(status < 300 || [404, 416].includes(status), `${request}: ${status} ${body}`);
    }
  });
}
