/** Who may do what, as an operator wrote it down. Of all rules that speak of a request the last one decides; if none does, no. */
import type { RepositoryName } from "../../oci/names.ts";
import type { RepositoryAction } from "../access-controller.ts";
import type { Caller } from "../caller.ts";
import type { Permissions } from "../permissions.ts";
import type { ClaimPattern } from "./claim-pattern.ts";
import type { RepositoryPattern } from "./pattern.ts";
import { type Who, whoIncludes } from "./who.ts";

export interface Rule {
  readonly line: number;
  /** As it was written, in one line. */
  readonly text: string;
  readonly who: readonly Who[];
  readonly allows: boolean;
  /** With what comes with them. */
  readonly actions: ReadonlySet<RepositoryAction>;
  readonly repositories: readonly RepositoryPattern[];
}

export interface Robot {
  /** By this machine's clock. */
  readonly expiresAt: number;
  /** Absent: its password is where those of users are. */
  readonly hash: string | undefined;
}

/** A job of a platform that says in a token of its own what runs there. */
export interface Workload {
  readonly issuer: string;
  readonly subject: readonly ClaimPattern[];
  readonly claims: ReadonlyMap<string, readonly ClaimPattern[]>;
}

export interface Policy {
  /** Subjects of their members. */
  readonly groups: ReadonlyMap<string, ReadonlySet<string>>;
  readonly robots: ReadonlyMap<string, Robot>;
  readonly workloads: ReadonlyMap<string, Workload>;
  readonly rules: readonly Rule[];
}

export type Ruling =
  | { readonly allowed: boolean; readonly rule: Rule }
  | { readonly allowed: false; readonly rule: undefined; readonly because: string };

export interface Question {
  readonly caller: Caller;
  readonly repository: RepositoryName;
  readonly action: RepositoryAction;
  readonly now: number;
}

export function decide(policy: Policy, { caller, repository, action, now }: Question): Ruling {
  const hindrance = hindranceOf(policy, caller, now);
  if (hindrance !== undefined) return { allowed: false, rule: undefined, because: hindrance };
  const components = repository.split("/");
  const user = caller.kind === "user" ? caller.name : undefined;
  const decisive = policy.rules.findLast(
    ({ who, actions, repositories }) =>
      actions.has(action) &&
      whoIncludes(who, caller, policy.groups) &&
      repositories.some((pattern) => pattern.matches(components, user)),
  );
  if (decisive) return { allowed: decisive.allows, rule: decisive };
  return { allowed: false, rule: undefined, because: "no rule speaks of it, and what is not allowed is forbidden" };
}

export function permissionsOf(policy: Policy, now: () => number): Permissions {
  return {
    allows(caller, access) {
      const ask = (repository: RepositoryName, action: RepositoryAction) =>
        decide(policy, { caller, repository, action, now: now() }).allowed;
      if (access.type === "repository") return ask(access.name, access.action);
      return access.entry === undefined ? maySeeSomething(policy, caller, now()) : ask(access.entry, "list");
    },
    seesEverything: (caller) => seesEverything(policy, caller, now()),
  };
}

/** Only what is plain to see: a rule that shows everything, and after it none that hides something. */
function seesEverything(policy: Policy, caller: Caller, now: number): boolean {
  if (hindranceOf(policy, caller, now) !== undefined) return false;
  const about = policy.rules.filter(
    ({ actions, who }) => actions.has("list") && whoIncludes(who, caller, policy.groups),
  );
  const shown = about.findLastIndex(
    ({ allows, repositories }) => allows && repositories.some(({ isEverything }) => isEverything),
  );
  return shown >= 0 && about.slice(shown).every(({ allows }) => allows);
}

/** What of it is in the catalogue is another question, asked for each repository. */
function maySeeSomething(policy: Policy, caller: Caller, now: number): boolean {
  if (hindranceOf(policy, caller, now) !== undefined) return false;
  return policy.rules.some(
    ({ allows, actions, who }) => allows && actions.has("list") && whoIncludes(who, caller, policy.groups),
  );
}

/** Why a caller may nothing, whatever the rules say. */
function hindranceOf({ robots, workloads }: Policy, caller: Caller, now: number): string | undefined {
  if (caller.kind === "workload" && !workloads.has(caller.name)) return "there is no such workload";
  if (caller.kind !== "robot") return undefined;
  const robot = robots.get(caller.name);
  if (robot === undefined) return "there is no such robot";
  return robot.expiresAt <= now ? `the robot has expired, on ${new Date(robot.expiresAt).toISOString()}` : undefined;
}
