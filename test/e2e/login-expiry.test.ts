/** Pushes that take longer than a token is good: clients get another one in the middle. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { accountOf, basic, writeAccounts } from "./support/accounts.ts";
import { createImageMaker } from "./support/images.ts";
import { CLIENTS, clientsMissing, prepareImage, startClients } from "./support/logins.ts";
import { startMoorage } from "./support/moorage.ts";
import { startSlowLine } from "./support/slow-line.ts";

/** The shortest that there is, and what clocks may differ. */
const GOOD_FOR = 60_000 + 60_000;
const BYTES_PER_SECOND = 20_000;
const PUSH_TAKES = GOOD_FOR + 5000;

/** Without containerd 1.6: its push was once seen to hang here, with everything but the layer over. */
const PUSHERS = CLIENTS.filter((name) => name !== "containerd");

test("a token expires during a push", { skip: clientsMissing(), timeout: 300_000, concurrency: true }, async (t) => {
  const env = { ...(await writeAccounts(CLIENTS)), REGISTRY_AUTH_TOKENSERVICE_ACCESSTOKENLIFETIME: "60s" };
  const registry = await startMoorage(t, { env });
  const slow = await startSlowLine(t, { host: registry.host, bytesPerSecond: BYTES_PER_SECOND });
  const clients = await startClients(t);
  const maker = createImageMaker("expiry");
  const layers = () => [maker.layer(), maker.layer({ size: (BYTES_PER_SECOND * PUSH_TAKES) / 1000 })];

  const headers = { authorization: basic(accountOf("docker")) };
  const response = await fetch(`${registry.url}/auth/token?scope=repository:team/docker:pull`, { headers });
  const { token, expires_in } = (await response.json()) as { token: string; expires_in: number };
  assert.equal(expires_in, 60);
  const disks = await Promise.all(PUSHERS.map(async (name) => ({ name, disk: await prepareImage(maker, layers()) })));

  await Promise.all(
    disks.map(({ name, disk }) =>
      t.test(name, async () => {
        const client = clients.create(name, disk);
        const began = performance.now();
        await client.login(slow, accountOf(name));
        await client.push(`${slow}/team/${name}:v1`);
        assert.ok(performance.now() - began > GOOD_FOR, "that was too fast to prove anything");
        await client.login(registry.host, accountOf(name));
        await client.pull(`${registry.host}/team/${name}:v1`);
      }),
    ),
  );
  const late = await fetch(`${registry.url}/v2/team/docker/tags/list`, {
    headers: { authorization: `Bearer ${token}` },
  });
  assert.equal(late.status, 401);
  assert.match(late.headers.get("www-authenticate") ?? "", /error="invalid_token"/);
});
