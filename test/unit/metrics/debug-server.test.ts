import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { TcpAddress } from "../../../src/config/address.ts";
import { startDebugServer } from "../../../src/debug-server.ts";
import { createMetrics } from "../../../src/metrics.ts";
import { createReadiness } from "../../../src/readiness.ts";
import { createRedaction } from "../../../src/redaction.ts";
import { systemRuntime } from "../../../src/runtime.ts";

async function startFor(t: TestContext, metricsPath: string | undefined, checkStore = async () => {}) {
  const readiness = createReadiness();
  const server = await startDebugServer(
    // A store that does not answer is not waited for.
    {
      readiness,
      metrics: createMetrics(),
      checkStore,
      runtime: { ...systemRuntime, sleep: async () => {} },
      redact: createRedaction(["hush"]),
    },
    { address: { kind: "tcp", host: "127.0.0.1", port: 0 }, metricsPath },
  );
  t.after(() => server.close());
  const base = `http://127.0.0.1:${(server.address as TcpAddress).port}`;
  return { readiness, get: (path: string, init?: RequestInit) => fetch(base + path, init) };
}

test("metrics, where they were asked for", async (t) => {
  const { get } = await startFor(t, "/metrics");
  const answer = await get("/metrics");
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  assert.match(await answer.text(), /^# HELP registry_http_requests_total /m);
  assert.equal((await get("/other")).status, 404);
  assert.equal((await get("/metrics", { method: "POST" })).status, 405);
});

test("no metrics, where they were not", async (t) => {
  const { get } = await startFor(t, undefined);
  assert.equal((await get("/metrics")).status, 404);
});

test("health follows the life of the process", async (t) => {
  const { get, readiness } = await startFor(t, undefined);
  const health = async () => {
    const answer = await get("/debug/health");
    return [answer.status, await answer.json()];
  };
  assert.deepEqual(await health(), [503, { registry: "is starting" }]);
  readiness.set("ready");
  assert.deepEqual(await health(), [200, {}]);
  readiness.set("draining");
  assert.deepEqual(await health(), [503, { registry: "is draining" }]);
});

test("health asks the store", async (t) => {
  const failing = await startFor(t, undefined, () => Promise.reject(new Error("no bucket for hush")));
  failing.readiness.set("ready");
  assert.deepEqual(await (await failing.get("/debug/health")).json(), { storage: "no bucket for ***" });
  const hanging = await startFor(t, undefined, () => new Promise(() => {}));
  hanging.readiness.set("ready");
  assert.deepEqual(await (await hanging.get("/debug/health")).json(), { storage: "does not answer" });
});
