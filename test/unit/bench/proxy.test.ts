import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { startProxy } from "../../bench/stores/start-proxy.ts";

/** A store that says what it was sent, behind a proxy; requests share one connection. */
async function startScene(t: TestContext) {
  const store = createServer(async (incoming, response) =>
    response.end(`${incoming.url} ${(await text(incoming)).length}`),
  );
  store.listen(0, "127.0.0.1");
  await once(store, "listening");
  const proxy = await startProxy(`http://127.0.0.1:${(store.address() as AddressInfo).port}`);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => {
    agent.destroy();
    proxy.stop();
    store.close();
  });
  function send(method: string, path: string, body = ""): Promise<string> {
    return new Promise((resolve, reject) => {
      const outgoing = request(proxy.url + path, { method, agent }, (answer) => resolve(text(answer)));
      outgoing.once("error", reject);
      outgoing.end(body);
    });
  }
  return { proxy, send };
}

test("each request is one call, however long its body is and whatever it looks like", async (t) => {
  const { proxy, send } = await startScene(t);
  const body = "PUT /other HTTP/1.1\r\n".repeat(100_000);
  assert.equal(await send("PUT", "/a", body), `/a ${body.length}`);
  assert.equal(await send("GET", "/b"), "/b 0");
  assert.equal(await send("DELETE", "/c"), "/c 0");
  assert.equal(await proxy.calls(), 3);
});

test("what a client reads with a signed URL is not the registry's call", async (t) => {
  const { proxy, send } = await startScene(t);
  await send("GET", "/blob?X-Amz-Signature=abc");
  assert.equal(await proxy.calls(), 0);
});

test("a delay is added to each call, and bytes stay in order", async (t) => {
  const { proxy, send } = await startScene(t);
  proxy.delay(40);
  const body = "x".repeat(1_000_000);
  const begunAt = performance.now();
  assert.equal(await send("PUT", "/a", body), `/a ${body.length}`);
  assert.equal(await send("GET", "/b"), "/b 0");
  const took = performance.now() - begunAt;
  assert.ok(took >= 80, `took ${took} ms`);
});
