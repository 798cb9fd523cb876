/** The proxies of `deploy/`, for real, in front of three replicas that share a directory. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { digestOf } from "../e2e/support/images.ts";
import { createRandom, randomChunks } from "../e2e/support/random.ts";
import { missing } from "../e2e/support/tools.ts";
import { until } from "../e2e/support/until.ts";
import { bytesBelow } from "../e2e/support/usage.ts";
import { type Client, createClient } from "./support/client.ts";
import { caddy, haproxy, nginxAtTheEdge, nginxBehindALoadBalancer, type Start } from "./support/proxies.ts";
import { REPLICA_HEADER, startReplicas } from "./support/replicas.ts";

const MEBIBYTE = 1024 * 1024;
const OCTETS = { "content-type": "application/octet-stream" };

interface Kind {
  readonly name: string;
  readonly start: Start;
  readonly needs: readonly string[];
  readonly speaksTls: boolean;
}

const KINDS: readonly Kind[] = [
  { name: "nginx at the edge", start: nginxAtTheEdge, needs: ["nginx"], speaksTls: true },
  {
    name: "nginx behind a load balancer",
    start: nginxBehindALoadBalancer,
    needs: ["nginx"],
    speaksTls: false,
  },
  { name: "HAProxy", start: haproxy, needs: ["haproxy"], speaksTls: true },
  { name: "Caddy", start: caddy, needs: ["caddy"], speaksTls: true },
];

for (const { name, start, needs, speaksTls } of KINDS) {
  test(name, { skip: missing(...needs), timeout: 180_000 }, async (t) => {
    const replicas = await startReplicas(t);
    const proxy = await start(t, replicas);
    const client = createClient(proxy.url, { ca: proxy.ca });
    t.after(() => client.close());

    await t.test("all replicas get requests", async () => {
      const seen = new Map<unknown, number>();
      // Caddy draws lots between replicas that are equally idle: of many requests, no replica gets nearly none.
      for (let n = 0; n < 90; n++) {
        const { status, headers } = await client("/v2/");
        assert.equal(status, 200);
        assert.equal(headers["docker-distribution-api-version"], "registry/2.0");
        seen.set(headers[REPLICA_HEADER], (seen.get(headers[REPLICA_HEADER]) ?? 0) + 1);
      }
      assert.equal(seen.size, 3, JSON.stringify([...seen]));
      for (const times of seen.values()) assert.ok(times >= 5, JSON.stringify([...seen]));
    });

    await t.test("a body goes on while it comes in", async () => {
      const { halves, digest } = twoHalves(`${name} halves`, 16 * MEBIBYTE);
      const location = await beginUpload(client, "streamed");
      const before = await bytesBelow(join(replicas.directory, "moorage"));
      const patch = await client(location, {
        method: "PATCH",
        headers: OCTETS,
        body: (async function* () {
          yield halves[0];
          await until("the first half is in the store", async () => {
            return (await bytesBelow(join(replicas.directory, "moorage"))) > before + 4 * MEBIBYTE;
          });
          yield halves[1];
        })(),
      });
      assert.equal(patch.status, 202, patch.body.toString());
      await endUpload(client, patch.headers.location, digest);
      assert.equal(digestOf((await client(`/v2/streamed/blobs/${digest}`)).body), digest);
    });

    await t.test("large bodies, with and without a length", async () => {
      const size = 300 * MEBIBYTE;
      const hash = createHash("sha256");
      for (const chunk of randomChunks(name, size)) hash.update(chunk);
      const digest = `sha256:${hash.digest("hex")}`;
      for (const headers of [OCTETS, { ...OCTETS, "content-length": String(size) }]) {
        const location = await beginUpload(client, "large");
        const target = `${location}${location.includes("?") ? "&" : "?"}digest=${digest}`;
        const put = await client(target, { method: "PUT", headers, body: randomChunks(name, size) });
        assert.equal(put.status, 201, put.body.toString());
      }
      assert.equal(digestOf((await client(`/v2/large/blobs/${digest}`)).body), digest);
    });

    await t.test("the chunks of an upload meet different replicas", async () => {
      const blob = createRandom(`${name} in turn`).bytes(8 * MEBIBYTE);
      let location: string | undefined = await beginUpload(client, "in-turn");
      const seen = new Set<unknown>();
      for (let offset = 0; offset < blob.length; offset += MEBIBYTE) {
        const body = blob.subarray(offset, offset + MEBIBYTE);
        const patch = await client(location ?? "", { method: "PATCH", headers: OCTETS, body });
        assert.equal(patch.status, 202, patch.body.toString());
        seen.add(patch.headers[REPLICA_HEADER]);
        location = patch.headers.location;
      }
      await endUpload(client, location, digestOf(blob));
      assert.equal(seen.size, 3);
    });

    await t.test("what the client asked for reaches the registry, and what it claims does not", async () => {
      const claims = { "x-forwarded-proto": speaksTls ? "http" : "https", "x-forwarded-host": "evil.example" };
      const { headers } = await client("/v2/claims/blobs/uploads/", { method: "POST", headers: claims });
      const { protocol, host } = new URL(headers.location ?? "");
      assert.equal(protocol, "https:"); // told by the proxy itself, or by the balancer in front of it
      assert.equal(host, new URL(proxy.url).host); // with the port
    });

    if (speaksTls) {
      await t.test("plain HTTP leads to TLS", async () => {
        const plain = createClient(proxy.plainUrl, { keepAlive: false });
        const { status, headers } = await plain("/v2/");
        assert.ok([301, 308].includes(status), String(status));
        assert.match(headers.location ?? "", /^https:\/\/localhost/);
      });
    }

    await t.test("metrics and debugging are not for the public", async () => {
      for (const path of ["/metrics", "/debug/health"]) {
        const { status, headers } = await client(path);
        assert.equal(status, 404);
        assert.equal(headers[REPLICA_HEADER], undefined, "it got as far as a replica");
      }
    });

    await t.test("40 slow uploads live on when a replica is stopped under them", async () => {
      const uploads = Array.from({ length: 40 }, (_, n) => slowUpload(t, proxy, `${name} ${n}`));
      await sleep(1000);
      await replicas.members[1]?.stop();
      const outcomes = await Promise.allSettled(uploads);
      const failed = outcomes.filter(({ status }) => status === "rejected");
      assert.equal(
        failed.length,
        0,
        JSON.stringify(failed.map((outcome) => String((outcome as PromiseRejectedResult).reason))),
      );
      for (let n = 0; n < 6; n++) assert.notEqual((await client("/v2/")).headers[REPLICA_HEADER], "1");
    });

    await t.test("nothing was written to the proxy's disk", async () => {
      assert.doesNotMatch(await proxy.log(), /buffered to a temporary file/);
    });
  });
}

test("nginx with its defaults would write bodies to its disk, and the test would see it", {
  skip: missing("nginx"),
}, async (t) => {
  const replicas = await startReplicas(t);
  const proxy = await nginxBehindALoadBalancer(t, replicas, [
    ["proxy_request_buffering off;", ""],
    ["proxy_buffering off;", ""],
  ]);
  const client = createClient(proxy.url, { keepAlive: false });
  const location = await beginUpload(client, "buffered");
  await client(location, { method: "PATCH", headers: OCTETS, body: createRandom("buffered").bytes(8 * MEBIBYTE) });
  assert.match(await proxy.log(), /a client request body is buffered to a temporary file/);
});

test("with nginx' own limit a layer would be refused", { skip: missing("nginx") }, async (t) => {
  const replicas = await startReplicas(t);
  const proxy = await nginxBehindALoadBalancer(t, replicas, [["client_max_body_size 0;", ""]]);
  const client = createClient(proxy.url, { keepAlive: false });
  const location = await beginUpload(client, "refused");
  const body = createRandom("refused").bytes(2 * MEBIBYTE);
  const outcome = await client(location, { method: "PATCH", headers: OCTETS, body }).then(
    ({ status }) => status,
    () => 413, // it may hang up on the rest of the body
  );
  assert.equal(outcome, 413);
});

test("replicas with secrets of their own refuse each other's uploads", {
  skip: missing("haproxy"),
}, async (t) => {
  const replicas = await startReplicas(t, { secretOf: (index) => `a secret of its own for replica ${index}` });
  const proxy = await haproxy(t, replicas);
  const client = createClient(proxy.url, { ca: proxy.ca });
  t.after(() => client.close());
  const statuses = new Set<number>();
  for (let n = 0; n < 6; n++) {
    const location = await beginUpload(client, "secrets");
    const { status } = await client(location, { method: "PATCH", headers: OCTETS, body: Buffer.from("bytes") });
    statuses.add(status);
  }
  assert.ok(
    [...statuses].some((status) => status >= 400),
    JSON.stringify([...statuses]),
  );
});

function twoHalves(seed: string, size: number) {
  const blob = createRandom(seed).bytes(size);
  return { halves: [blob.subarray(0, size / 2), blob.subarray(size / 2)] as const, digest: digestOf(blob) };
}

async function beginUpload(client: Client, repository: string): Promise<string> {
  const { status, headers, body } = await client(`/v2/${repository}/blobs/uploads/`, { method: "POST" });
  assert.equal(status, 202, body.toString());
  return headers.location ?? assert.fail("no location");
}

async function endUpload(client: Client, location: string | undefined, digest: string): Promise<void> {
  assert.ok(location);
  const target = `${location}${location.includes("?") ? "&" : "?"}digest=${digest}`;
  const { status, body } = await client(target, { method: "PUT" });
  assert.equal(status, 201, body.toString());
}

/** A layer over a slow line, on a connection of its own. Takes about four seconds. */
async function slowUpload(t: TestContext, { url, ca }: { url: string; ca: string }, seed: string): Promise<void> {
  const client = createClient(url, { ca });
  t.after(() => client.close());
  const blob = createRandom(seed).bytes(200_000);
  const location = await beginUpload(client, "slow");
  const patch = await client(location, {
    method: "PATCH",
    headers: OCTETS,
    body: (async function* () {
      for (let offset = 0; offset < blob.length; offset += 20_000) {
        yield blob.subarray(offset, offset + 20_000);
        await sleep(400);
      }
    })(),
  });
  assert.equal(patch.status, 202, patch.body.toString());
  await endUpload(client, patch.headers.location, digestOf(blob));
}
