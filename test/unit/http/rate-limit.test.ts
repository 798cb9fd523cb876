/** Limits on requests: each caller has its own, and nobody pays for another. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hashSync } from "@node-rs/bcrypt";
import { createRateLimit } from "../../../src/auth/rate-limit.ts";
import { type AuthWorldOptions, openAuthWorld } from "../../support/auth-world.ts";
import { assertError } from "../../support/registry-http.ts";
import { createManualRuntime } from "../../support/registry-runtime.ts";
import { createSleeplessRuntime } from "../../support/sleepless-runtime.ts";

const line = (name: string) => `${name}:${hashSync("pw", 4)}\n`;
const LIMITED: AuthWorldOptions = {
  auth: "htpasswd: {path: DIR/htpasswd}\ntokenservice: {}\nanonymous: pull",
  files: { htpasswd: line("alice") + line("bob") },
  app: { rateLimit: { requestsPerSecond: 2, burst: 5 }, trustedProxies: ["loopback"] },
};
const PATH = "/v2/a/tags/list";
const HOME = { address: "" };

test("a burst at once, then so many a second, and never more than the burst", () => {
  const runtime = createSleeplessRuntime();
  const limit = createRateLimit({ requestsPerSecond: 2, burst: 5 }, runtime);
  const many = (count: number) =>
    Array.from({ length: count }, () => limit.take("alice", HOME)).filter((wait) => wait === 0);
  assert.equal(many(100).length, 5);
  assert.equal(limit.take("alice", HOME), 1);
  runtime.pass(500);
  assert.equal(many(100).length, 1);
  runtime.pass(1000);
  assert.equal(many(100).length, 2);
  runtime.pass(3_600_000);
  assert.equal(many(100).length, 5);
  const slow = createRateLimit({ requestsPerSecond: 1, burst: 1 }, runtime);
  assert.deepEqual([slow.take("alice", HOME), slow.take("alice", HOME)], [0, 1]);
});

test("a name is not an address, and who is forgotten starts anew", () => {
  const limit = createRateLimit({ requestsPerSecond: 1, burst: 1 }, createSleeplessRuntime());
  const address = "203.0.113.7";
  assert.equal(limit.take("", { address }), 0);
  assert.equal(limit.take(`network ${address}`, { address }), 0);
  assert.equal(limit.take(address, { address }), 0);
  assert.equal(limit.take("", { address: `::ffff:${address}` }), 1);
  assert.equal(limit.take("", { address: "2001:db8:1:2::1" }), 0);
  assert.equal(limit.take("", { address: "2001:db8:1:2:ffff::1" }), 1);
  assert.equal(limit.take("", { address: "2001:db8:1:3::1" }), 0);
  for (let i = 0; i < 60_000; i++) limit.take(`user ${i}`, { address });
  assert.equal(limit.take("", { address }), 0);
});

test("each name has its own, from wherever it asks; the others share that of their network", async (t) => {
  const runtime = createManualRuntime();
  const { as, http } = await openAuthWorld(t, { ...LIMITED, runtime });
  const from = (address: string) => ({ headers: { "x-forwarded-for": address } });
  const statuses = async (count: number, ask: (index: number) => Promise<{ status: number }>) => {
    const answers = await Promise.all(Array.from({ length: count }, (_, index) => ask(index)));
    return answers.map(({ status }) => status).sort();
  };
  const alice = (index: number) => as("alice:pw").request("GET", PATH, from(`198.51.100.${index}`));
  assert.deepEqual(await statuses(8, alice), [404, 404, 404, 404, 404, 429, 429, 429]);
  const answer = await alice(0);
  assertError(answer, 429, "TOOMANYREQUESTS");
  assert.equal(answer.header("retry-after"), "1");
  assert.equal((await as("bob:pw").request("GET", PATH)).status, 404);

  const nobody = (address: string) => http.request("GET", PATH, from(address));
  assert.deepEqual(await statuses(6, (index) => nobody(`2001:db8::${index}`)), [404, 404, 404, 404, 404, 429]);
  assert.equal((await nobody("2001:db8:0:1::1")).status, 404);
  // Who cannot prove a name does not use up what belongs to it.
  const eve = () => as("bob:wrong").request("GET", PATH, from("203.0.113.7"));
  await statuses(4, eve);
  for (let i = 0; i < 4; i++) assert.equal((await as("bob:pw").request("GET", PATH)).status, 404);
  assert.equal((await as("bob:pw").request("GET", PATH)).status, 429);

  for (const path of ["/livez", "/readyz"])
    assert.equal((await nobody("2001:db8::1").then(() => http.request("GET", path, from("2001:db8::1")))).status, 200);
});

test("tokens count as well: with the name if they are given, with the address if not", async (t) => {
  const { as, http } = await openAuthWorld(t, LIMITED);
  const ask = (password: string) => as(`alice:${password}`).request("GET", "/auth/token?service=moorage");
  const given = await Promise.all(Array.from({ length: 8 }, () => ask("pw")));
  assert.deepEqual(given.map(({ status }) => status).sort(), [200, 200, 200, 200, 200, 429, 429, 429]);
  const refused = given.find(({ status }) => status === 429);
  assert.equal(refused?.header("retry-after"), "1");
  assert.equal(refused?.errors()[0]?.code, "TOOMANYREQUESTS");
  assert.equal((await http.request("GET", PATH)).status, 404, "nobody has asked for anything yet");
});

test("a body that is not wanted does not spoil the connection", async (t) => {
  const { as } = await openAuthWorld(t, LIMITED);
  for (let i = 0; i < 5; i++) await as("alice:pw").request("GET", PATH);
  const body = "x".repeat(10_000);
  for (let i = 0; i < 3; i++) {
    assertError(await as("alice:pw").request("PUT", "/v2/a/manifests/v1", { body }), 429, "TOOMANYREQUESTS");
  }
});
