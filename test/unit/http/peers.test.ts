import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import { createPeers } from "../../../src/http/peers.ts";

const requestFrom = (remoteAddress: string | undefined, headers: Record<string, string>, encrypted = false) =>
  ({
    headers: { host: "registry.test:5000", ...headers },
    socket: { remoteAddress, encrypted },
  }) as never as IncomingMessage;

const CLAIMS = {
  "x-forwarded-for": "203.0.113.9, 10.0.0.2",
  "x-forwarded-proto": "https, http",
  "x-forwarded-host": "hub.test, inner.test",
  "x-sendfile-type": "X-Accel-Redirect",
};

test("what a trusted proxy says counts", () => {
  const peers = createPeers(["10.0.0.0/8"]);
  const request = requestFrom("10.0.0.1", CLAIMS);
  assert.equal(peers.addressOf(request), "203.0.113.9");
  assert.equal(peers.originOf(request), "https://hub.test");
  assert.equal(peers.readsFiles(request), true);
});

test("what anybody else says does not", () => {
  for (const trusted of [[], ["10.0.0.0/8"]]) {
    const peers = createPeers(trusted);
    const request = requestFrom("198.51.100.7", CLAIMS);
    assert.equal(peers.addressOf(request), "198.51.100.7");
    assert.equal(peers.originOf(request), "http://registry.test:5000");
    assert.equal(peers.readsFiles(request), false);
  }
});

test("a proxy that says nothing is passed over", () => {
  const peers = createPeers(["loopback"]);
  assert.equal(peers.addressOf(requestFrom("::1", {})), "::1");
  assert.equal(peers.originOf(requestFrom("::1", { "x-forwarded-host": "" }, true)), "https://registry.test:5000");
  assert.equal(peers.readsFiles(requestFrom("::1", { "x-sendfile-type": "X-Sendfile" })), false);
});

test("a connection that is gone has no address", () => {
  assert.equal(createPeers([]).addressOf(requestFrom(undefined, {})), "");
});
