/** Every client logs in to every kind of registry, pushes, pulls and logs out; with a wrong password it does not get in. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { accountOf, writeAccounts } from "./support/accounts.ts";
import { createImageMaker } from "./support/images.ts";
import { CLIENTS, type ClientName, clientsMissing, prepareImage, startClients } from "./support/logins.ts";
import { startMoorage } from "./support/moorage.ts";
import { startTokenServer } from "./support/token-server.ts";

/** What a client says when it is not let in: in its own words, or in the registry's. */
const REFUSALS: Readonly<Record<ClientName, RegExp>> = {
  docker: /unauthorized|401 Unauthorized|no basic auth credentials/,
  podman: /invalid username\/password|unauthorized/,
  skopeo: /invalid username\/password|unauthorized/,
  crane: /UNAUTHORIZED|401 Unauthorized/,
  regctl: /unauthorized/,
  oras: /unauthorized|401: Unauthorized|basic credential not found/,
  containerd: /401 Unauthorized/,
};

/** At once: a client that takes a refusal for trouble that may pass keeps its user waiting for a minute. */
const refusedAs = (refusal: RegExp) => (error: Error) => refusal.test(error.message) && !/Retrying/.test(error.message);

test("logins", { skip: clientsMissing("openssl", "base32"), timeout: 300_000 }, async (t) => {
  const htpasswd = await writeAccounts(CLIENTS);
  const server = await startTokenServer(t, CLIENTS.map(accountOf));
  const registries = {
    none: await startMoorage(t, { env: { REGISTRY_AUTH: "none" } }),
    silly: await startMoorage(t, {
      env: { REGISTRY_AUTH_SILLY_REALM: server.realm, REGISTRY_AUTH_SILLY_SERVICE: server.service },
    }),
    htpasswd: await startMoorage(t, { env: htpasswd }),
    token: await startMoorage(t, {
      env: {
        REGISTRY_AUTH_TOKEN_REALM: server.realm,
        REGISTRY_AUTH_TOKEN_SERVICE: server.service,
        REGISTRY_AUTH_TOKEN_ISSUER: server.issuer,
        REGISTRY_AUTH_TOKEN_ROOTCERTBUNDLE: server.rootCertBundle,
      },
    }),
    tokenservice: await startMoorage(t, { env: { ...htpasswd, REGISTRY_AUTH_TOKENSERVICE: "{}" } }),
  };
  const clients = await startClients(t);
  const maker = createImageMaker("logins");

  for (const name of CLIENTS) {
    const client = clients.create(name, await prepareImage(maker, [maker.layer(), maker.layer()]));
    const refused = refusedAs(REFUSALS[name]);
    for (const [controller, registry] of Object.entries(registries)) {
      await t.test(`${name}, ${controller}`, async () => {
        const host = registry.host.replace("127.0.0.1", "localhost"); // see token-server.ts
        const reference = `${host}/team/${name}:v1`;
        if (controller !== "none") {
          await assert.rejects(client.push(reference), refused);
          const enter = async () => {
            await client.login(host, { user: name, password: "wrong" });
            await client.pull(reference); // for those that do not ask when somebody logs in
          };
          await assert.rejects(enter(), refused);
        }
        await client.login(host, accountOf(name));
        await client.push(reference);
        await client.pull(reference);
        await client.logout(host);
        if (controller === "none") await client.pull(reference);
        else await assert.rejects(client.pull(reference), refused);
      });
    }
  }
});
