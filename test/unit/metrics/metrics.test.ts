import assert from "node:assert/strict";
import { test } from "node:test";
import { createMetrics } from "../../../src/metrics.ts";
import { serveObserved } from "../../support/visited.ts";

test("requests, under distribution's names", async (t) => {
  const metrics = createMetrics();
  const base = await serveObserved(t, metrics.observeRequests, (request, response) => {
    response.locals.handler = "blob_upload";
    request.resume().on("end", () => response.writeHead(202).end("ok"));
  });
  await fetch(`${base}/v2/a/blobs/uploads/`, { method: "POST", body: "abc" }).then((answer) => answer.text());
  const text = await metrics.registry.metrics();
  assert.match(text, /^registry_http_requests_total\{handler="blob_upload",method="post",code="202"\} 1$/m);
  assert.match(text, /^registry_http_request_duration_seconds_count\{handler="blob_upload",method="post"\} 1$/m);
  assert.match(text, /^registry_http_request_size_bytes_sum\{handler="blob_upload",method="post"\} 3$/m);
  assert.match(text, /^registry_http_response_size_bytes_sum\{handler="blob_upload",method="post"\} \d{3}$/m);
});

test("what is being answered", async (t) => {
  const metrics = createMetrics();
  const arrived = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const base = await serveObserved(t, metrics.observeRequests, async (_, response) => {
    response.locals.handler = "manifest";
    arrived.resolve();
    await finish.promise;
    response.end();
  });
  const answer = fetch(base);
  await arrived.promise;
  assert.match(await metrics.registry.metrics(), /^registry_http_in_flight_requests\{handler="manifest"\} 1$/m);
  finish.resolve();
  await (await answer).arrayBuffer();
  assert.doesNotMatch(await metrics.registry.metrics(), /^registry_http_in_flight_requests\{/m);
});

test("a request without a route, and one whose client left", async (t) => {
  const metrics = createMetrics();
  const arrived = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const base = await serveObserved(t, metrics.observeRequests, (_, response) => {
    response.on("close", () => closed.resolve());
    arrived.resolve();
  });
  const controller = new AbortController();
  const answer = fetch(base, { signal: controller.signal });
  await arrived.promise;
  controller.abort();
  await assert.rejects(answer);
  await closed.promise;
  assert.match(
    await metrics.registry.metrics(),
    /^registry_http_requests_total\{handler="other",method="get",code="499"\} 1$/m,
  );
});

test("the store", async () => {
  const metrics = createMetrics();
  metrics.observeStorage({ driver: "filesystem", action: "put", outcome: "ok", seconds: 0.2 });
  metrics.observeStorage({ driver: "filesystem", action: "get", outcome: "not_found", seconds: 0.1 });
  const text = await metrics.registry.metrics();
  assert.match(text, /^registry_storage_action_seconds_count\{driver="filesystem",action="put"\} 1$/m);
  assert.match(text, /^registry_storage_failures_total\{driver="filesystem",action="get",kind="not_found"\} 1$/m);
  assert.doesNotMatch(text, /^registry_storage_failures_total\{.*action="put"/m);
});

test("the process, and each registry of metrics for itself", async () => {
  const [one, other] = [createMetrics(), createMetrics()];
  one.observeStorage({ driver: "x", action: "get", outcome: "ok", seconds: 1 });
  assert.match(await one.registry.metrics(), /^process_cpu_seconds_total /m);
  assert.doesNotMatch(await other.registry.metrics(), /action="get"/);
});
