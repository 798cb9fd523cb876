/** Why somebody may do something, or not, for whoever wrote the rules. */
import { RegistryError } from "../../oci/errors.ts";
import { parseRepositoryName } from "../../oci/names.ts";
import { ANONYMOUS, type Caller } from "../caller.ts";
import { ACTIONS } from "./actions.ts";
import { decide, type Policy } from "./policy.ts";
import { type Claims, mismatchOf, workloadOf } from "./workload-claims.ts";

export interface Explanation {
  readonly allowed: boolean;
  readonly text: string;
}

export interface ExplainRequest {
  /** A login name, `robot ci`, `workload release`. Absent: somebody who has not logged in. */
  readonly user: string | undefined;
  /** What the token of a job claims, instead of a name. */
  readonly claims?: Claims | undefined;
  readonly repository: string;
  readonly action: string;
}

/** `file` is what to call the policy. Throws `RangeError`. */
export function explain(policy: Policy, file: string, request: ExplainRequest, now: number): Explanation {
  const action = ACTIONS.find((known) => known === request.action);
  if (action === undefined) throw new RangeError(`write one of ${ACTIONS.join(", ")} for the action`);
  const repository = repositoryCalled(request.repository);
  const name = request.claims && workloadOf(policy.workloads, request.claims);
  if (request.claims && name === undefined) return { allowed: false, text: explainMismatch(policy, request.claims) };
  const caller: Caller = name === undefined ? callerCalled(request.user, policy) : { kind: "workload", name };
  const ruling = decide(policy, { caller, repository, action, now });
  const who = caller.kind === "anonymous" ? "somebody who has not logged in" : `${caller.kind} ${caller.name}`;
  const verdict = `${ruling.allowed ? "yes: " : "no: "}${who} may ${ruling.allowed ? "" : "not "}${action} in ${repository}`;
  const reason = ruling.rule ? `${file}:${ruling.rule.line}: ${ruling.rule.text}` : ruling.because;
  return { allowed: ruling.allowed, text: `${verdict}\n${reason}\n` };
}

function explainMismatch({ workloads }: Policy, claims: Claims): string {
  if (workloads.size === 0) return "no: the permissions have no workloads\n";
  const reasons = [...workloads].map(([name, workload]) => `workload ${name}: ${mismatchOf(workload, claims)}\n`);
  return `no: these are the claims of no workload\n${reasons.join("")}`;
}

/** As at a login, a name is a robot's if the permissions say so. */
export function callerCalled(text: string | undefined, { robots }: Pick<Policy, "robots">): Caller {
  if (text === undefined) return ANONYMOUS;
  const [, kind, name = ""] = /^(user|robot|workload) +(.+)$/.exec(text) ?? [];
  if (kind === "user" || kind === "robot" || kind === "workload") return { kind, name };
  return { kind: robots.has(text) ? "robot" : "user", name: text };
}

function repositoryCalled(text: string) {
  try {
    return parseRepositoryName(text);
  } catch (error) {
    if (error instanceof RegistryError) throw new RangeError(`${JSON.stringify(text)} is not the name of a repository`);
    throw error;
  }
}
