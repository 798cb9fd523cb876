import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { open } from "../server/wire.ts";
import { directoryFor, run, serveFor } from "./process.ts";

const connectTo = (base: string) =>
  open({ kind: "tcp", host: new URL(base).hostname, port: Number(new URL(base).port) });

/** Its body never comes, so the request goes on until somebody ends it. */
const ENDLESS =
  "PUT /v2/a/manifests/b HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";

test("says what one wants to know, answers, and ends with 0", async (t) => {
  const secret = "0123456789abcdef0123456789abcdef";
  const { child, base, log, exit } = await serveFor(t, {
    REGISTRY_HTTP_SECRET: secret,
    REGISTRY_HTTP_DEBUG_ADDR: "127.0.0.1:0",
    REGISTRY_HTTP_DEBUG_PROMETHEUS_ENABLED: "true",
  });
  const { storage, access, secretFingerprint, debugAddress } = log.find(({ msg }) => msg === "listening") ?? {};
  assert.equal(storage, "inmemory");
  assert.match(String(access), /everybody/);
  assert.match(String(secretFingerprint), /^[0-9a-f]{12}$/);
  assert.equal((await fetch(`${base}/v2/`)).status, 200);
  assert.equal((await fetch(`${base}/readyz`)).status, 200);
  assert.deepEqual(await (await fetch(`http://${debugAddress}/debug/health`)).json(), {});
  const metrics = await (await fetch(`http://${debugAddress}/metrics`)).text();
  assert.ok(/^registry_storage_action_seconds_count\{driver="inmemory",action="\w+"\} /m.test(metrics));
  assert.ok(metrics.includes('registry_http_requests_total{handler="base",method="get",code="200"} 1\n'));
  child.kill("SIGTERM");
  assert.equal(await exit, 0);
  assert.ok(!JSON.stringify(log).includes(secret));
});

test("warns about what is odd, and is quiet about Kubernetes", async (t) => {
  const { log } = await serveFor(t, { REGISTRY_HTTP_ADR: "x", REGISTRY_PORT: "tcp://10.0.0.1:5000" });
  const warnings = log.filter(({ setting }) => setting !== undefined);
  assert.deepEqual(
    warnings.map(({ level, msg }) => [level, msg]),
    [["warn", "REGISTRY_HTTP_ADR is not a setting and is ignored; did you mean REGISTRY_HTTP_ADDR?"]],
  );
});

test("a running request is waited for", async (t) => {
  const { child, base, logged, exit } = await serveFor(t);
  const client = await connectTo(base);
  client.send(ENDLESS);
  client.send("x");
  await (await fetch(`${base}/v2/`)).text();
  child.kill("SIGTERM");
  await logged("stopping; once more to stop at once");
  client.send("x".repeat(98));
  assert.match(await client.ended(), /^HTTP\/1\.1 400 [\s\S]*connection: close/i);
  assert.equal(await exit, 0);
});

test("but not for ever, and then it is 1", async (t) => {
  const { child, base, log, exit } = await serveFor(t, { REGISTRY_HTTP_DRAINTIMEOUT: "100ms" });
  const client = await connectTo(base);
  client.send(ENDLESS);
  await (await fetch(`${base}/v2/`)).text();
  child.kill("SIGTERM");
  assert.equal(await client.ended(), "");
  assert.equal(await exit, 1);
  assert.match(JSON.stringify(log.at(-1)), /1 request was cut off/);
});

test("after SIGTERM requests are taken while readiness says no", async (t) => {
  const { child, base, logged, exit } = await serveFor(t, { REGISTRY_HTTP_DRAINDELAY: "60s" });
  child.kill("SIGTERM");
  await logged("stopping; once more to stop at once");
  assert.equal((await fetch(`${base}/readyz`)).status, 503);
  const answer = await fetch(`${base}/v2/`);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("connection"), "close");
  child.kill("SIGTERM");
  assert.equal(await exit, 1);
});

test("SIGINT does not wait for load balancers", async (t) => {
  const { child, exit } = await serveFor(t, { REGISTRY_HTTP_DRAINDELAY: "10m" });
  child.kill("SIGINT");
  assert.equal(await exit, 0);
});

test("nothing is opened or made before the configuration is right", async (t) => {
  const directory = await directoryFor(t);
  const { code } = await run(["serve"], { REGISTRY_HTTP_ADDR: ":0", REGISTRY_LOG_LEVEL: "loud" }, directory);
  assert.equal(code, 1);
  assert.deepEqual(await readdir(directory), []);
});
