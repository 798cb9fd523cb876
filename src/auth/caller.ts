/** Who asks, in the words of the permissions. */

export type CallerKind = "user" | "robot" | "workload";

export type Caller =
  | { readonly kind: "anonymous" }
  /** `workload`: a job that showed a token of its platform. */
  | { readonly kind: CallerKind; readonly name: string };

export const ANONYMOUS: Caller = { kind: "anonymous" };

const LONGEST_NAME = 255;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not get into logs
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
/** How subjects of robots and workloads look: nobody else may look like one. */
const PREFIXED = /^(robot|workload):(.*)$/s;

/** Whether somebody outside (a certificate, a foreign token) may bring a name like that. */
export function isUserName(name: string): boolean {
  return name !== "" && name.length <= LONGEST_NAME && !UNPRINTABLE.test(name) && !PREFIXED.test(name);
}

/** For logs, tokens and upload states: no two callers have the same, and nobody in particular has none. */
export function subjectOf(caller: Caller): string {
  if (caller.kind === "anonymous") return "";
  return caller.kind === "user" ? caller.name : `${caller.kind}:${caller.name}`;
}

/** The reverse, for subjects that `subjectOf` made. `undefined` for a name that nobody can have. */
export function callerOf(subject: string): Caller | undefined {
  if (subject === "") return ANONYMOUS;
  const [, kind, name = ""] = PREFIXED.exec(subject) ?? [];
  if (kind === "robot" || kind === "workload") return isUserName(name) ? { kind, name } : undefined;
  return isUserName(subject) ? { kind: "user", name: subject } : undefined;
}
