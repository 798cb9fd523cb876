/** Containers as Docker sees them. */
import assert from "node:assert/strict";
import { toolPath } from "../../e2e/support/tools.ts";
import { until } from "../../e2e/support/until.ts";
import type { Machine } from "./machine.ts";

// biome-ignore lint/suspicious/noExplicitAny: Docker's own words
export const stateOf = async ({ docker }: Machine, name: string): Promise<any> =>
  JSON.parse(await docker("inspect", "--format", "{{json .State}}", name));

export async function logsOf(machine: Machine, name: string): Promise<string> {
  const { stdout, stderr } = await machine.run(toolPath("docker"), ["logs", name]);
  return stdout + stderr;
}

export async function becomesHealthy(machine: Machine, name: string): Promise<void> {
  await until(`${name} is healthy`, async () => {
    const state = await stateOf(machine, name);
    if (!state.Running) assert.fail(`it ended: ${await logsOf(machine, name)}`);
    return state.Health.Status === "healthy";
  });
}
