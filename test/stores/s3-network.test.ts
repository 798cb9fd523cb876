/** Ceph RGW behind a network that throttles, resets, loses, cuts and lies. */
import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { type TestContext, test } from "node:test";
import { createPlace, startOnBucket } from "../e2e/support/buckets.ts";
import type { Moorage } from "../e2e/support/moorage.ts";
import { until } from "../e2e/support/until.ts";
import { type Meddle, type Meddler, type Meddling, startMeddler } from "../support/meddler.ts";
import { storeServer } from "../support/stores.ts";
import { startLoad } from "./network-load.ts";
import { CEPH } from "./servers.ts";

const KEYS = { accesskey: "test", secretkey: "testsecret" };
const IMAGES = 12;

const xml = (code: string) => `<?xml version="1.0"?><Error><Code>${code}</Code><Message>by the test</Message></Error>`;
const refusal = (status: number, code: string): Meddling => ({
  kind: "answer",
  status,
  headers: { "content-type": "application/xml" },
  body: xml(code),
});

const SLOW_DOWN = refusal(503, "SlowDown");
const TOO_MANY = refusal(429, "TooManyRequests");
const INTERNAL = refusal(500, "InternalError");

/** Of all requests, or of those that `which` picks. */
const everyNth = (n: number, what: Meddling, which = (_: IncomingMessage) => true): Meddle => {
  let seen = 0;
  return (request) => (which(request) && ++seen % n === 0 ? what : undefined);
};
const isRead = ({ method }: IncomingMessage) => method === "GET";

const FAULTS: readonly { readonly name: string; readonly meddle: Meddle }[] = [
  { name: "every third call is answered 503 SlowDown", meddle: everyNth(3, SLOW_DOWN) },
  { name: "every third call is answered 429", meddle: everyNth(3, TOO_MANY) },
  { name: "every third call is answered 500", meddle: everyNth(3, INTERNAL) },
  { name: "every third call is answered 502 by a proxy", meddle: everyNth(3, { kind: "answer", status: 502 }) },
  { name: "every third call is reset", meddle: everyNth(3, { kind: "reset" }) },
  { name: "every third answer is lost", meddle: everyNth(3, { kind: "lose" }) },
  { name: "every third body is cut", meddle: everyNth(3, { kind: "cut", after: 40 }, isRead) },
];

async function openScene(t: TestContext, store: string): Promise<{ registry: Moorage; network: Meddler }> {
  const network = await startMeddler(store);
  t.after(() => network.stop());
  const { bucket } = await createPlace({ endpoint: store, ...KEYS });
  const place = { account: { endpoint: network.url, ...KEYS }, bucket };
  const registry = await startOnBucket(t, place, { REGISTRY_STORAGE_REDIRECT_DISABLE: "true" });
  return { registry, network };
}

const store = await storeServer(CEPH);
if (store) {
  for (const { name, meddle } of FAULTS) {
    test(`${name}: pushes and pulls go through`, { timeout: 200_000 }, async (t) => {
      const { registry, network } = await openScene(t, store);
      const load = startLoad(registry.url, { seed: name, pushers: 4, readers: 2, sizes: [1000, 9_000_000] });
      network.meddle(meddle);
      await Promise.race([until("some images are pushed", () => load.pushed >= IMAGES), load.failed]);
      network.meddle(undefined);
      await load.finish();
      const longest = (load.longestMilliseconds / 1000).toFixed(1);
      t.diagnostic(`${load.pushed} images, ${load.troubles} times trouble at the client, longest request ${longest} s`);
      assert.doesNotMatch(registry.log(), /this should not happen/);
    });
  }
}
