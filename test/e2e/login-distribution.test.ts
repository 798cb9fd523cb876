/** Our token service in front of distribution 2.8 and 3.1: whoever gets our tokens gets in there, as far as they go. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { issueCertificate } from "../support/certificates.ts";
import { accountOf, basic, writeAccounts } from "./support/accounts.ts";
import { temporaryDirectory } from "./support/directories.ts";
import { startDistribution } from "./support/distribution.ts";
import { createImageMaker } from "./support/images.ts";
import { clientsMissing, prepareImage, startClients } from "./support/logins.ts";
import { startMoorage } from "./support/moorage.ts";

const RULES = `
rules:
  - {who: alice, may: all, in: team-a/**}
`;
const ed25519 = generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString();
const own = issueCertificate({ name: "moorage" });
const root = issueCertificate({ name: "root", ca: true });
const vouchedFor = issueCertificate({ name: "moorage", issuer: root });

type Client = "docker" | "crane";

interface Kind {
  readonly program: "docker-registry" | "registry";
  /** What is in our key file. */
  readonly key: string;
  readonly keyId: "libtrust" | "thumbprint";
  /** Of distribution's settings, and what is in it. Absent: our set of keys. */
  readonly rootCertBundle?: string;
  readonly clients: readonly Client[];
}

const named = { key: own.keyPem, rootCertBundle: own.pem, clients: ["crane"] } as const;
const chained = {
  ...{ key: vouchedFor.keyPem + vouchedFor.pem, rootCertBundle: root.pem },
  ...{ clients: ["docker", "crane"] as const },
};
const KINDS: Readonly<Record<string, Kind>> = {
  "2.8: a key of the bundle, by libtrust's name": { ...named, program: "docker-registry", keyId: "libtrust" },
  "2.8: a key that the bundle vouches for": { ...chained, program: "docker-registry", keyId: "libtrust" },
  "3.1: a key of the bundle, by its thumbprint": { ...named, program: "registry", keyId: "thumbprint" },
  "3.1: a key that the bundle vouches for": { ...chained, program: "registry", keyId: "thumbprint" },
  "3.1: a key of our set": { program: "registry", key: ed25519, keyId: "thumbprint", clients: ["docker", "crane"] },
};

const SCOPE = "repository:team-a/app:pull,push";

async function tokenFrom(url: string): Promise<string> {
  const headers = { authorization: basic(accountOf("alice")) };
  const response = await fetch(`${url}/auth/token?scope=${SCOPE}`, { headers });
  return ((await response.json()) as { token: string }).token;
}

test("tokens for distribution", {
  skip: clientsMissing("docker-registry", "registry"),
  timeout: 300_000,
}, async (t) => {
  const accounts = await writeAccounts(["alice"], RULES);
  const clients = await startClients(t);
  const maker = createImageMaker("distribution");

  for (const [what, { program, key, keyId, rootCertBundle, clients: names }] of Object.entries(KINDS)) {
    await t.test(what, async (t) => {
      const directory = temporaryDirectory();
      const [keyPath, trustPath] = [join(directory, "key.pem"), join(directory, "trust")];
      await writeFile(keyPath, key);
      const env = {
        ...accounts,
        REGISTRY_AUTH_TOKENSERVICE_KEYFILES: keyPath,
        REGISTRY_AUTH_TOKENSERVICE_KEYID: keyId,
        REGISTRY_AUTH_TOKENSERVICE_SERVICE: "distribution",
      };
      const service = await startMoorage(t, { env });
      const keySet = await (await fetch(`${service.url}/auth/jwks.json`)).text();
      await writeFile(trustPath, rootCertBundle ?? keySet);
      const distribution = await startDistribution(t, program, temporaryDirectory(), {
        auth: {
          token: {
            realm: `${service.url.replace("127.0.0.1", "localhost")}/auth/token`, // see token-server.ts
            service: "distribution",
            issuer: "moorage",
            [rootCertBundle ? "rootcertbundle" : "jwks"]: trustPath,
          },
        },
      });
      const host = distribution.host.replace("127.0.0.1", "localhost");

      for (const name of names) {
        const client = clients.create(name, await prepareImage(maker, [maker.layer(), maker.layer()]));
        await assert.rejects(client.push(`${host}/team-a/${name}:v1`), /unauthorized/i);
        await client.login(host, accountOf("alice"));
        await client.push(`${host}/team-a/${name}:v1`);
        await client.copy(`${host}/team-a/${name}:v1`, `${host}/team-a/copy/${name}:v1`);
        await client.pull(`${host}/team-a/copy/${name}:v1`);
        await assert.rejects(client.push(`${host}/team-b/${name}:v1`), /denied|unauthorized/i);
      }

      const other = await startMoorage(t, { env: { ...env, REGISTRY_AUTH_TOKENSERVICE_SERVICE: "another" } });
      const statusWith = async (token: string) => {
        const headers = { authorization: `Bearer ${token}` };
        return (await fetch(`${distribution.url}/v2/team-a/app/tags/list`, { headers })).status;
      };
      assert.equal(await statusWith(await tokenFrom(service.url)), 404);
      assert.equal(await statusWith(await tokenFrom(other.url)), 401);
    });
  }
});
