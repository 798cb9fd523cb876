/** Three registries on one directory: what a proxy is put in front of. */
import type { TestContext } from "node:test";
import { temporaryDirectory } from "../../e2e/support/directories.ts";
import { type Moorage, startMoorage } from "../../e2e/support/moorage.ts";

/** On each answer, so that a test sees who gave it. */
export const REPLICA_HEADER = "x-replica";

export interface Replicas {
  readonly directory: string;
  readonly members: readonly Moorage[];
}

export async function startReplicas(
  t: TestContext,
  {
    secretOf = () => "one secret for all replicas, long enough",
    env = {},
  }: { secretOf?: (index: number) => string; env?: Readonly<Record<string, string>> } = {},
): Promise<Replicas> {
  const directory = temporaryDirectory();
  const members = await Promise.all(
    [0, 1, 2].map((index) =>
      startMoorage(t, {
        directory,
        env: {
          REGISTRY_HTTP_SECRET: secretOf(index),
          REGISTRY_HTTP_TRUSTEDPROXIES: "loopback",
          REGISTRY_HTTP_RELATIVEURLS: "false", // to see what the proxy says about the request
          REGISTRY_HTTP_HEADERS_X_REPLICA: String(index),
          REGISTRY_HTTP_DRAINDELAY: "3s",
          ...env,
        },
      }),
    ),
  );
  return { directory, members };
}
