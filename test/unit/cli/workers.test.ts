/** Several processes behind one port. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "../../../src/oci/digest.ts";
import { directoryFor, run, serveFor } from "./process.ts";

const BLOB = Buffer.from("shared by all of them");
const UPLOADS = "/v2/workers/app/blobs/uploads/";

const many = {
  REGISTRY_STORAGE: "filesystem",
  REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: "./data",
  REGISTRY_HTTP_WORKERS: "2",
};

/** Each request on a connection of its own, so that the next process gets it. */
const ask = (url: string, init: RequestInit = {}) => fetch(url, { ...init, headers: { connection: "close" } });

/** POST, PATCH and PUT, wherever they arrive. */
async function push(base: string): Promise<void> {
  const started = await ask(base + UPLOADS, { method: "POST" });
  const sent = await ask(base + started.headers.get("location"), { method: "PATCH", body: BLOB });
  assert.equal(sent.status, 202, await sent.text());
  const url = `${base}${sent.headers.get("location")}&digest=${digestOf(BLOB)}`;
  assert.equal((await ask(url, { method: "PUT" })).status, 201);
}

test("share every upload, are counted together, and stop together", async (t) => {
  const { child, base, log, exit } = await serveFor(t, {
    ...many,
    REGISTRY_HTTP_DEBUG_ADDR: "127.0.0.1:0",
    REGISTRY_HTTP_DEBUG_PROMETHEUS_ENABLED: "true",
  });
  for (let round = 0; round < 4; round++) await push(base);
  const blob = await ask(`${base}/v2/workers/app/blobs/${digestOf(BLOB)}`);
  assert.equal(await blob.text(), BLOB.toString());

  const { debugAddress } = log.find(({ msg }) => msg === "listening") ?? {};
  assert.deepEqual(await (await fetch(`http://${debugAddress}/debug/health`)).json(), {});
  const metrics = await (await fetch(`http://${debugAddress}/metrics`)).text();
  assert.match(metrics, /registry_http_requests_total\{handler="blob_upload",method="post",code="202"\} 4\n/);

  child.kill("SIGTERM");
  assert.equal(await exit, 0);
  assert.equal(log.filter(({ msg }) => msg === "stopped").length, 3);
});

test("are replaced when they die", async (t) => {
  const { base, log, logged } = await serveFor(t, many);
  const { pid } = log.find(({ msg }) => msg === "a worker answers requests") ?? {};
  process.kill(Number(pid), "SIGKILL");
  await logged("a worker has ended; starting another");
  await push(base);
});

test("cannot share a store in memory", async (t) => {
  const cwd = await directoryFor(t);
  const { code, stderr } = await run(["config"], { REGISTRY_STORAGE: "inmemory", REGISTRY_HTTP_WORKERS: "2" }, cwd);
  assert.equal(code, 1);
  assert.match(stderr, /REGISTRY_HTTP_WORKERS = 2 \(environment\): several processes share a store/);
});
