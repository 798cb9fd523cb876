import { toolPath } from "../../e2e/support/tools.ts";
import { ROOT } from "./files.ts";
import type { Machine } from "./machine.ts";

/** The shipped Dockerfile, without a network: what it needs is in the stand-ins for its base images. */
export async function buildImage(machine: Machine, ...args: readonly string[]): Promise<void> {
  await machine.run(toolPath("docker"), ["build", "--network=none", "-f", "deploy/Dockerfile", ...args, "."], {
    cwd: ROOT,
    env: { DOCKER_BUILDKIT: "1" },
    timeoutMilliseconds: 600_000,
  });
}
