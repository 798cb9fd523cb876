/** What a password costs after the first login: nothing that depends on its hash. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hashSync } from "@node-rs/bcrypt";
import { openAuthWorld } from "../../support/auth-world.ts";
import { pushImage } from "../../support/registry-content.ts";
import type { HttpClient } from "../../support/registry-http.ts";

const REQUESTS = 200;
const ROUNDS = 10;
/** A machine with other things to do is seen through by looking again. */
const SERIES = 5;
const WITHIN = 1.1;

async function timeOf(http: HttpClient, requests: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < requests; i++) {
    assert.equal((await http.request("GET", "/v2/a/manifests/v1")).status, 200);
  }
  return performance.now() - start;
}

test("200 manifests with bcrypt cost 12 take as long as with cost 4", async (t) => {
  const clients: HttpClient[] = [];
  for (const cost of [4, 12]) {
    const world = await openAuthWorld(t, {
      auth: "htpasswd: {path: DIR/htpasswd}",
      files: { htpasswd: `alice:${hashSync("geheim", cost)}\n` },
    });
    const client = world.as("alice:geheim");
    await pushImage(client, "a", "v1");
    clients.push(client);
  }
  const ratios: number[] = [];
  for (let series = 0; series < SERIES; series++) {
    const times = [0, 0];
    for (let round = 0; round < ROUNDS; round++) {
      const order = round % 2 === 0 ? [0, 1] : [1, 0];
      for (const which of order) {
        times[which] = (times[which] ?? 0) + (await timeOf(clients[which] as HttpClient, REQUESTS / ROUNDS));
      }
    }
    ratios.push((times[1] ?? 0) / (times[0] ?? 1));
    if ((ratios.at(-1) ?? 2) <= WITHIN) break;
  }
  t.diagnostic(`cost 12 took ${ratios.map((ratio) => ratio.toFixed(3)).join(", ")} times as long as cost 4`);
  assert.ok(Math.min(...ratios) <= WITHIN, `${ratios}`);
});
