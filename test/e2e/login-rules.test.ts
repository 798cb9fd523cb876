/** What rules say, as clients see it: teams apart, a robot that only pulls, and everybody who pulls what is public. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { accountOf, writeAccounts } from "./support/accounts.ts";
import { createImageMaker } from "./support/images.ts";
import { CLIENTS, type ClientName, clientsMissing, prepareImage, startClients } from "./support/logins.ts";
import { type Moorage, startMoorage } from "./support/moorage.ts";
import { until } from "./support/until.ts";

const RULES = `
groups: {team-a: [alice], team-b: [bob]}
robots: {puller: {expires: never}}
rules:
  - {who: anyone, may: pull, in: public/**}
  - {who: users, may: push, in: public/**}
  - {who: group team-a, may: all, in: team-a/**}
  - {who: group team-b, may: all, in: team-b/**}
  - {who: robot puller, may: pull, in: team-a/**}
`;

/** In their own words, or in the registry's. */
const DENIALS: Readonly<Record<ClientName, RegExp>> = {
  docker: /denied: requested access to the resource is denied/,
  podman: /denied: requested access to the resource is denied|403 \(Forbidden\)/,
  skopeo: /denied: requested access to the resource is denied|403 \(Forbidden\)/,
  crane: /DENIED: requested access to the resource is denied|403 Forbidden/,
  regctl: /forbidden|unauthorized/,
  oras: /denied: requested access to the resource is denied|403: Forbidden/,
  containerd: /403 Forbidden/,
};
const WHO_ARE_YOU =
  /unauthorized|no basic auth credentials|basic credential not found|insufficient_scope|401 Unauthorized/i;

/** containerd may notice that nobody takes the manifest's bytes before it reads why. */
const NOT_TAKEN = /read\/write on closed pipe/;

/** The registry's log is the witness that nothing was pushed. */
async function refusesPush(
  registry: Moorage,
  name: ClientName,
  { push, repository, tag, words }: { push: Promise<unknown>; repository: string; tag: string; words: RegExp },
): Promise<void> {
  await assert.rejects(push, name === "containerd" ? new RegExp(`${words.source}|${NOT_TAKEN.source}`, "i") : words);
  assert.doesNotMatch(registry.log(), new RegExp(`"PUT /v2/${repository}/manifests/${tag} HTTP/1.1" 2`));
}

/** Challenged for Basic, docker does not even ask for what anybody may pull. */
const asksWithoutName = (name: ClientName, controller: string) => name !== "docker" || controller === "tokenservice";

const mounts = ({ log }: Moorage, repository: string): readonly string[] =>
  [...log().matchAll(/"POST (\/v2\/\S+mount=\S+) HTTP\/1.1" (\d+)/g)]
    .filter(([, path]) => path?.startsWith(`/v2/${repository}/`))
    .map(([, , status = ""]) => status);

test("rules", { skip: clientsMissing(), timeout: 300_000 }, async (t) => {
  const accounts = await writeAccounts(["alice", "bob", "puller"], RULES);
  const env = { ...accounts, REGISTRY_LOG_ACCESSLOG_DISABLED: "false" };
  const registries = {
    htpasswd: await startMoorage(t, { env }),
    tokenservice: await startMoorage(t, { env: { ...env, REGISTRY_AUTH_TOKENSERVICE: "{}" } }),
  };
  const clients = await startClients(t);
  const maker = createImageMaker("rules");

  for (const name of CLIENTS) {
    const disk = await prepareImage(maker, [maker.layer(), maker.layer({ size: 100_000 })]);
    for (const [controller, registry] of Object.entries(registries)) {
      const { host } = registry;
      const user = async (account: string) => {
        const client = clients.create(name, disk);
        await client.login(host, accountOf(account));
        return client;
      };
      const [own, open] = [`${host}/team-a/${name}`, `${host}/public/${name}`];

      await t.test(`${name}, ${controller}: a team and its robot`, async () => {
        const [alice, bob, puller] = [await user("alice"), await user("bob"), await user("puller")];
        await alice.push(`${own}:v1`);
        await assert.rejects(bob.pull(`${own}:v1`), DENIALS[name]);
        await puller.pull(`${own}:v1`);
        const push = puller.push(`${own}:v2`);
        await refusesPush(registry, name, { push, repository: `team-a/${name}`, tag: "v2", words: DENIALS[name] });
      });

      await t.test(`${name}, ${controller}: mounts, and what is public`, async () => {
        const [alice, nobody] = [await user("alice"), clients.create(name, disk)];
        await alice.push(`${own}:v3`);
        await alice.copy(`${own}:v3`, `${open}:v1`);
        await until("the access log tells of mounts", () => mounts(registry, `public/${name}`).includes("201"));
        if (asksWithoutName(name, controller)) await nobody.pull(`${open}:v1`);
        else await assert.rejects(nobody.pull(`${open}:v1`), WHO_ARE_YOU);
        const push = nobody.push(`${open}:v2`);
        await refusesPush(registry, name, { push, repository: `public/${name}`, tag: "v2", words: WHO_ARE_YOU });
        await assert.rejects(nobody.pull(`${own}:v1`), WHO_ARE_YOU);
      });
    }
  }
});
