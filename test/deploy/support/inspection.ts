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

export async function pushAndPull({ docker }: Machine, name: string): Promise<void> {
  const before = await docker("inspect", "--format", "{{.Id}}", name);
  await docker("push", name);
  await docker("rmi", name);
  await docker("pull", name);
  assert.equal(await docker("inspect", "--format", "{{.Id}}", name), before);
}

export async function statusOf(machine: Machine, url: string): Promise<number> {
  return Number(await machine.sh(`curl -s -o /dev/null -w '%{http_code}' ${url} || true`));
}

export async function answers(machine: Machine, url: string, status: number): Promise<void> {
  await until(`${url} answers ${status}`, async () => (await statusOf(machine, url)) === status);
}
