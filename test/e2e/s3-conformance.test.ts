/** The conformance suite on Ceph RGW: one process, three replicas behind a load balancer, three workers on one port. */
import { type TestContext, test } from "node:test";
import { CEPH } from "../stores/servers.ts";
import { storeServer } from "../support/stores.ts";
import { BALANCERS } from "./support/balancers.ts";
import { createPlace, type Place, startOnBucket, startReplicas } from "./support/buckets.ts";
import {
  assertConforms,
  CONFORMANCE_VERSIONS,
  MOUNTS_BY_CHANCE,
  type Optional,
  REDIRECTS,
} from "./support/conformance.ts";
import { missing } from "./support/tools.ts";

interface Door {
  readonly name: string;
  readonly needs: readonly string[];
  readonly optional?: readonly Optional[];
  /** The host that clients talk to. */
  open(t: TestContext, place: Place, env: Record<string, string>): Promise<string>;
}

const DOORS: readonly Door[] = [
  { name: "one process", needs: [], open: async (t, place, env) => (await startOnBucket(t, place, env)).host },
  {
    name: "three workers",
    needs: [],
    optional: [MOUNTS_BY_CHANCE],
    open: async (t, place, env) => (await startOnBucket(t, place, { ...env, REGISTRY_HTTP_WORKERS: "3" })).host,
  },
  ...BALANCERS.map(({ name, needs, start }) => ({
    name: `three replicas behind ${name}`,
    needs,
    optional: [MOUNTS_BY_CHANCE],
    open: async (t: TestContext, place: Place, env: Record<string, string>) =>
      (await start(t, await startReplicas(t, place, () => env))).host,
  })),
];

const endpoint = await storeServer(CEPH);
if (endpoint) {
  const account = { endpoint, accesskey: "test", secretkey: "testsecret" };
  for (const { name, needs, optional = [], open } of DOORS) {
    for (const version of CONFORMANCE_VERSIONS) {
      const { env, why } = REDIRECTS[version];
      test(`OCI conformance ${version} on Ceph RGW: ${name}`, { skip: missing("conformance", ...needs) }, async (t) => {
        t.diagnostic(why);
        await assertConforms(t, version, await open(t, await createPlace(account), env), { optional });
      });
    }
  }
}
