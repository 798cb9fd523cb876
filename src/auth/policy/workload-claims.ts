/** Which workload a token speaks of, by what it claims. */
import type { ClaimPattern } from "./claim-pattern.ts";
import type { Policy, Workload } from "./policy.ts";

/** Of a token whose signature was good. */
export type Claims = Readonly<Record<string, unknown>>;

/** Nothing that long is meant by any pattern. */
const LONGEST_VALUE = 512;

/** The first in the file that the claims fit. `undefined`: none. */
export function workloadOf(workloads: Policy["workloads"], claims: Claims): string | undefined {
  for (const [name, workload] of workloads) if (mismatchOf(workload, claims) === undefined) return name;
  return undefined;
}

/** Why the claims are not those of that workload. `undefined`: they are. */
export function mismatchOf({ issuer, subject, claims: wanted }: Workload, claims: Claims): string | undefined {
  if (claims.iss !== issuer) return `the issuer is not ${issuer}`;
  for (const [name, patterns] of [["sub", subject] as const, ...wanted]) {
    const values = valuesOf(claims, name);
    if (!values.some((value) => fits(value, patterns))) return describe(name, values);
  }
  return undefined;
}

const fits = (value: string, patterns: readonly ClaimPattern[]): boolean =>
  value.length <= LONGEST_VALUE && patterns.some((pattern) => pattern.matches(value));

function describe(name: string, values: readonly string[]): string {
  if (values.length === 0) return `there is no claim ${name}`;
  const shown = values.map((value) => JSON.stringify(value.slice(0, LONGEST_VALUE)));
  return `the claim ${name} does not fit: ${shown.join(", ")}`;
}

/** Of a list, every entry. A name with slashes leads into a claim that is a map: `kubernetes.io/serviceaccount/name`. */
function valuesOf(claims: Claims, name: string): string[] {
  const value = Object.hasOwn(claims, name) ? claims[name] : name.split("/").reduce(enter, claims);
  return (Array.isArray(value) ? value : [value]).flatMap((entry) =>
    ["string", "number", "boolean"].includes(typeof entry) ? [String(entry)] : [],
  );
}

function enter(holder: unknown, key: string): unknown {
  const isMap = typeof holder === "object" && holder !== null && !Array.isArray(holder) && Object.hasOwn(holder, key);
  return isMap ? (holder as Claims)[key] : undefined;
}
