/** How often a start waits for its store: each time is the way there and back, before the port opens. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { startProxy } from "../bench/stores/start-proxy.ts";
import type { S3Account } from "../support/s3.ts";
import { Bucket } from "../support/s3-double/bucket.ts";
import { AWS } from "../support/s3-double/profiles.ts";
import { startS3Double } from "../support/s3-double/server.ts";
import { directoryFor, serveFor } from "../unit/cli/process.ts";

const REPORTER = pathToFileURL(join(import.meta.dirname, "store-calls.ts")).href;
const ROUNDS = 5;
const CALLS = 17;
/** The store takes as long for each call, so that what was asked for at once is answered before what was asked for next. */
const DELAY_MILLISECONDS = 30;

async function roundsOf(t: TestContext, account: S3Account): Promise<string[][]> {
  const file = join(await directoryFor(t), "calls");
  const { child, exit } = await serveFor(t, {
    REGISTRY_STORAGE: "s3",
    REGISTRY_STORAGE_S3_BUCKET: "bucket",
    REGISTRY_STORAGE_S3_REGIONENDPOINT: account.endpoint,
    REGISTRY_STORAGE_S3_ACCESSKEY: account.accesskey,
    REGISTRY_STORAGE_S3_SECRETKEY: account.secretkey,
    REGISTRY_HTTP_SECRET: "s".repeat(32),
    NODE_OPTIONS: `--import ${REPORTER}`,
    CALLS_FILE: file,
  });
  child.kill("SIGTERM");
  assert.equal(await exit, 0);
  return JSON.parse(await readFile(file, "utf8"));
}

test("a start on S3 waits for its store a few times, in a new bucket and later", async (t) => {
  const double = await startS3Double(AWS);
  t.after(() => double.close());
  double.buckets.set("bucket", new Bucket());
  const proxy = await startProxy(double.endpoint);
  t.after(() => proxy.stop());
  proxy.delay(DELAY_MILLISECONDS);
  for (const bucket of ["new", "known"]) {
    const rounds = await roundsOf(t, { ...double, endpoint: proxy.url });
    const shown = rounds.map((calls, index) => `${index + 1}: ${calls.join(", ")}`).join("\n");
    t.diagnostic(
      `${bucket}: ${rounds.length} rounds of ${ROUNDS}, ${rounds.flat().length} calls of ${CALLS}\n${shown}`,
    );
    assert.ok(rounds.length <= ROUNDS, `${rounds.length} rounds:\n${shown}`);
    assert.ok(rounds.flat().length <= CALLS, `${rounds.flat().length} calls:\n${shown}`);
  }
});
