/** Every client logs in with the token that a platform gave to its job, and gets what the workload may have. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { AUDIENCE, startOidcIssuer } from "../support/oidc-issuer.ts";
import { writeAccounts } from "./support/accounts.ts";
import { temporaryDirectory } from "./support/directories.ts";
import { createImageMaker } from "./support/images.ts";
import { CLIENTS, clientsMissing, prepareImage, startClients } from "./support/logins.ts";
import { startMoorage } from "./support/moorage.ts";

test("workloads", { skip: clientsMissing(), timeout: 300_000 }, async (t) => {
  const issuer = await startOidcIssuer(t);
  const permissions = join(temporaryDirectory(), "permissions.yml");
  await writeFile(
    permissions,
    `workloads: {build: {issuer: "${issuer.url}", subject: "repo:acme/*:ref:refs/heads/**"}}
rules: [{who: workload build, may: push, in: acme/**}]
`,
  );
  const common = {
    REGISTRY_AUTH_PERMISSIONS: permissions,
    REGISTRY_AUTH_OIDC_ISSUERS: issuer.url,
    REGISTRY_AUTH_OIDC_AUDIENCE: AUDIENCE,
  };
  const registries = {
    "a token service": await startMoorage(t, { env: { ...common, REGISTRY_AUTH_TOKENSERVICE: "{}" } }),
    "passwords beside": await startMoorage(t, { env: { ...common, ...(await writeAccounts(["alice"])) } }),
  };
  const clients = await startClients(t);
  const maker = createImageMaker("workloads");

  for (const name of CLIENTS) {
    const client = clients.create(name, await prepareImage(maker, [maker.layer(), maker.layer()]));
    for (const [kind, { host }] of Object.entries(registries)) {
      await t.test(`${name}, ${kind}`, async () => {
        const enter = async (claims: Readonly<Record<string, unknown>> = {}) =>
          await client.login(host, { user: "oidc", password: await issuer.token(claims) });
        const reference = `${host}/acme/${name}:v1`;
        const withOther = async () => {
          await enter({ sub: "repo:evil/app:ref:refs/heads/main" });
          await client.push(reference); // for those that do not ask when somebody logs in
        };
        await assert.rejects(withOther(), /no workload|nauthorized|UNAUTHORIZED|invalid username/);
        await enter();
        await client.push(reference);
        await client.pull(reference);
        await assert.rejects(client.push(`${host}/other/${name}:v1`), /denied|DENIED|403|Forbidden|forbidden/);
        await client.logout(host);
      });
    }
  }
});
