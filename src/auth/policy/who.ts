/** Whom a rule speaks of: `anyone`, `users`, `alice`, `group team-a`, `robot ci`, `workload release`. */
import { type Caller, isUserName, subjectOf } from "../caller.ts";

export type Who =
  /** Logged in or not. */
  | { readonly kind: "anyone" }
  /** Every user, and neither robots nor workloads. */
  | { readonly kind: "users" }
  | { readonly kind: "caller"; readonly subject: string }
  | { readonly kind: "group"; readonly name: string };

/** Names that the file has itself. */
export interface DeclaredNames {
  readonly group: ReadonlySet<string>;
  readonly robot: ReadonlySet<string>;
  readonly workload: ReadonlySet<string>;
}

const KINDS = ["group", "robot", "workload"] as const;

/** A bare name is a user's. Throws `RangeError`, also for one that a group or a robot has: whoever wrote it meant those. */
export function parseWho(word: string, names: DeclaredNames): Who {
  if (word === "anyone" || word === "users") return { kind: word };
  const [, kind, name = ""] = /^(user|group|robot|workload) +(.+)$/.exec(word) ?? [];
  switch (kind) {
    case "group":
      return { kind, name: declared(kind, name, names) };
    case "robot":
    case "workload":
      return { kind: "caller", subject: subjectOf({ kind, name: declared(kind, name, names) }) };
    case "user":
      return userCalled(name);
    default:
      for (const other of KINDS) {
        if (names[other].has(word)) return fail(`write ${other} ${word}, or user ${word} if that is meant`);
      }
      // As in `group:team-a`, which would be nobody. The names in certificates may be URIs.
      if (/\s|^[^:]*:(?!\/\/)/.test(word)) return fail(`${JSON.stringify(word)} cannot be the name of a user`);
      return userCalled(word);
  }
}

export function whoIncludes(
  who: readonly Who[],
  caller: Caller,
  groups: ReadonlyMap<string, ReadonlySet<string>>,
): boolean {
  const subject = subjectOf(caller);
  return who.some((one) => {
    if (one.kind === "anyone") return true;
    if (one.kind === "users") return caller.kind === "user";
    if (subject === "") return false;
    return one.kind === "caller" ? one.subject === subject : (groups.get(one.name)?.has(subject) ?? false);
  });
}

function declared(kind: keyof DeclaredNames, name: string, names: DeclaredNames): string {
  return names[kind].has(name) ? name : fail(`there is no ${kind} ${JSON.stringify(name)} in this file`);
}

function userCalled(name: string): Who {
  if (!isUserName(name)) return fail(`${JSON.stringify(name)} cannot be the name of a user`);
  return { kind: "caller", subject: subjectOf({ kind: "user", name }) };
}

function fail(message: string): never {
  throw new RangeError(message);
}
