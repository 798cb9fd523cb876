/** The file with the permissions. What is wrong in it is said with the number of the line. */
import { type Document, LineCounter, type Node, parseDocument, visit } from "yaml";
import type * as z from "zod";
import { isUserName } from "../caller.ts";
import { ACTIONS, allowedBy, forbiddenBy } from "./actions.ts";
import { parseClaimPattern } from "./claim-pattern.ts";
import { parseExpiry } from "./expiry.ts";
import { parsePattern } from "./pattern.ts";
import type { Policy, Robot, Rule, Workload } from "./policy.ts";
import { type PolicyContent, policySchema, type RuleContent } from "./policy-schema.ts";
import { type DeclaredNames, parseWho, type Who } from "./who.ts";

export class PolicyError extends Error {
  override readonly name = "PolicyError";
}

type Place = readonly PropertyKey[];
/** Says where it happened, if `make` throws a `RangeError`. */
type At = <Value>(place: Place, make: () => Value) => Value;

/** Throws `PolicyError`. */
export function parsePolicy(text: string): Policy {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problem = problemOf(document);
  if (problem) throw new PolicyError(`line ${lines.linePos(problem.offset).line}: ${problem.message}`);
  const lineOf = (place: Place) => lineOfNode(document, lines, place);
  const at: At = (place, make) => {
    try {
      return make();
    } catch (error) {
      if (error instanceof RangeError) throw new PolicyError(`line ${lineOf(place)}: ${error.message}`);
      throw error;
    }
  };
  const parsed = policySchema.safeParse(at([], () => toPlain(document)));
  if (parsed.success) return build(parsed.data, at, lineOf);
  const [issue] = parsed.error.issues;
  throw new PolicyError(issue ? `line ${lineOf(issue.path)}: ${describe(issue)}` : "it is no file with permissions");
}

function build(content: PolicyContent, at: At, lineOf: (place: Place) => number): Policy {
  const names: DeclaredNames = {
    group: new Set(Object.keys(content.groups)),
    robot: new Set(Object.keys(content.robots)),
    workload: new Set(Object.keys(content.workloads)),
  };
  const mapOf = <Given, Made>(section: keyof PolicyContent, given: Record<string, Given>, make: Make<Given, Made>) =>
    new Map(
      Object.entries(given).map(([name, value]) => {
        const place = [section, name];
        return [name, at(place, () => make(assertName(name), value, place))] as const;
      }),
    );
  const readWho = (place: Place, words: readonly string[]) =>
    at(place, () => words.map((word) => parseWho(word, names)));
  return {
    groups: mapOf("groups", content.groups, (_, words, place) => new Set(readWho(place, words).map(memberOf))),
    robots: mapOf(
      "robots",
      content.robots,
      (_, { expires, hash }, place): Robot => ({
        expiresAt: at([...place, "expires"], () => parseExpiry(expires)),
        hash,
      }),
    ),
    workloads: mapOf(
      "workloads",
      content.workloads,
      (_, { issuer, subject, claims }): Workload => ({
        issuer,
        subject: subject.map(parseClaimPattern),
        claims: new Map(Object.entries(claims).map(([claim, patterns]) => [claim, patterns.map(parseClaimPattern)])),
      }),
    ),
    rules: content.rules.map((given, index): Rule => {
      const place = ["rules", index];
      return {
        line: lineOf(place),
        text: sentenceOf(given),
        who: readWho([...place, "who"], given.who),
        allows: given.may !== undefined,
        actions: actionsOf(given),
        repositories: at([...place, "in"], () => given.in.map(parsePattern)),
      };
    }),
  };
}

type Make<Given, Made> = (name: string, given: Given, place: Place) => Made;

function assertName(name: string): string {
  if (!isUserName(name) || /[:\s]/.test(name)) throw new RangeError(`${JSON.stringify(name)} cannot be a name`);
  return name;
}

function memberOf(who: Who): string {
  if (who.kind !== "caller") throw new RangeError("a group has users, robots and workloads, and no other groups");
  return who.subject;
}

function actionsOf({ may, "may not": mayNot = [] }: RuleContent): Rule["actions"] {
  const words = (may ?? mayNot).flatMap((word) => (word === "all" ? ACTIONS : [word]));
  return may ? allowedBy(words) : forbiddenBy(words);
}

function sentenceOf({ who, may, "may not": mayNot = [], in: patterns }: RuleContent): string {
  const list = (words: readonly string[]) => words.join(", ");
  return `${list(who)} ${may ? "may" : "may not"} ${list(may ?? mayNot)} in ${list(patterns)}`;
}

/** Aliases of aliases can make much of little. */
function toPlain(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 1000 }) ?? {};
  } catch (error) {
    throw new RangeError((error as Error).message);
  }
}

function lineOfNode(document: Document, lines: LineCounter, place: Place): number {
  for (let length = place.length; length > 0; length -= 1) {
    const node = document.getIn(place.slice(0, length), true) as Node | undefined;
    const start = node?.range?.[0];
    if (start !== undefined) return lines.linePos(start).line;
  }
  return 1;
}

function describe({ path, message }: z.core.$ZodIssue): string {
  const where = path.map(String).filter((key) => !/^\d+$/.test(key));
  return where.length === 0 ? message : `${where.join(".")}: ${message}`;
}

function problemOf(document: Document.Parsed): { readonly offset: number; readonly message: string } | undefined {
  const [error] = document.errors;
  if (error) return { offset: error.pos[0], message: error.message };
  let offset: number | undefined;
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) === undefined) offset ??= alias.range?.[0] ?? 0;
    },
  });
  // What everybody tries first.
  return offset === undefined ? undefined : { offset, message: 'a pattern that begins with * needs quotes: "**"' };
}
