/** What `terraform test` found, with the plans and the states that it made. */
import { prepareTerraform, type Terraform } from "./run.ts";

// biome-ignore lint/suspicious/noExplicitAny: values of resources are what their providers say
export type Values = any;

export interface Resource {
  readonly address: string;
  readonly type: string;
  readonly values: Values;
}

export interface Run {
  readonly name: string;
  readonly file: string;
  readonly resources: readonly Resource[];
  readonly outputs: Readonly<Record<string, Values>>;
}

export interface Suite {
  readonly passed: number;
  /** Empty when all is well. */
  readonly problems: readonly string[];
  /** Those that made something; refusals do not. */
  readonly runs: readonly Run[];
}

export async function runSuite(terraform: Terraform, directory: string, ...args: readonly string[]): Promise<Suite> {
  const { stdout, stderr } = await terraform(directory, "test", "-json", "-verbose", ...args);
  const messages = stdout
    .split("\n")
    .filter(Boolean)
    .map((line): Values => JSON.parse(line));
  const problems = messages
    .filter((message) => message["@level"] === "error" && message.diagnostic)
    .map(({ diagnostic }) => `${diagnostic.summary}: ${diagnostic.detail}`);
  const summary = messages.find(({ type }) => type === "test_summary")?.test_summary;
  if (summary?.status !== "pass" && problems.length === 0) problems.push(stderr || stdout);
  const runs = messages.flatMap((message): Run[] => {
    const place = { name: message["@testrun"], file: message["@testfile"] };
    if (message.type === "test_plan") return [{ ...place, ...fromPlan(message.test_plan) }];
    return message.type === "test_state" ? [{ ...place, ...fromState(message.test_state) }] : [];
  });
  return { passed: summary?.passed ?? 0, problems, runs };
}

const fromPlan = (plan: Values): Pick<Run, "resources" | "outputs"> => ({
  resources: (plan.resource_changes ?? []).map(({ address, type, change }: Values) => ({
    address,
    type,
    values: change.after ?? {},
  })),
  outputs: Object.fromEntries(
    Object.entries<Values>(plan.output_changes ?? {}).map(([name, { after }]) => [name, after]),
  ),
});

function fromState(state: Values): Pick<Run, "resources" | "outputs"> {
  const below = ({ resources = [], child_modules = [] }: Values): Resource[] => [
    ...resources.filter(({ mode }: Values) => mode === "managed"),
    ...child_modules.flatMap(below),
  ];
  const outputs = Object.entries<Values>(state.values?.outputs ?? state.outputs ?? {});
  return {
    resources: below(state.values?.root_module ?? state.root_module ?? {}),
    outputs: Object.fromEntries(outputs.map(([name, { value }]) => [name, value])),
  };
}

export { prepareTerraform };
