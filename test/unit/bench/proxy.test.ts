import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer, text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { startProxy } from "../../bench/stores/start-proxy.ts";

interface Received {
  /** When its head came. */
  readonly at: number;
  readonly body: Buffer;
}

/** A store that says what it was sent, behind a proxy; requests share one connection. */
async function startScene(t: TestContext) {
  const received: Received[] = [];
  const store = createServer(async (incoming, response) => {
    const at = performance.now();
    const body = await buffer(incoming);
    received.push({ at, body });
    response.end(`${incoming.url} ${body.length}`);
  });
  store.listen(0, "127.0.0.1");
  await once(store, "listening");
  const proxy = await startProxy(`http://127.0.0.1:${(store.address() as AddressInfo).port}`);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => {
    agent.destroy();
    proxy.stop();
    store.close();
  });
  function send(method: string, path: string, body: string | Buffer = ""): Promise<string> {
    return new Promise((resolve, reject) => {
      const outgoing = request(proxy.url + path, { method, agent }, (answer) => resolve(text(answer)));
      outgoing.once("error", reject);
      outgoing.end(body);
    });
  }
  return { proxy, received, send };
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
  const { proxy, received, send } = await startScene(t);
  // Far more than a busy machine adds by itself.
  const milliseconds = 1000;
  const body = randomBytes(1_000_000);
  proxy.delay(milliseconds);
  await proxy.calls(); // by then it knows
  for (const path of ["/a", "/b"]) {
    const sentAt = performance.now();
    assert.equal(await send("PUT", path, body), `${path} ${body.length}`);
    const { at = 0, body: arrived } = received.at(-1) ?? {};
    // A timer may be a millisecond early.
    assert.ok(at - sentAt >= milliseconds - 1, `arrived after ${at - sentAt} ms`);
    assert.ok(arrived?.equals(body));
  }
});
