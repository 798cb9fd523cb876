/** Reads one value as its setting wants it. */
import type * as z from "zod";
import { descend, type Given, type Source, toPlain } from "./given.ts";
import { type Findings, showValue } from "./mistakes.ts";
import { formatPath } from "./yaml.ts";

export interface Attempt {
  readonly value: unknown;
  readonly result: z.ZodSafeParseResult<unknown>;
}

/** YAML guesses types: `007` may be a text, and so may `[abc]`. The setting knows better. */
export function attemptAll(schema: z.ZodType, given: Given | undefined): Attempt {
  const attempt = (value: unknown): Attempt => ({ value, result: schema.safeParse(value) });
  if (!given) return attempt(undefined);
  const first = attempt(toPlain(given, { asText: false }));
  if (first.result.success) return first;
  const asText = attempt(toPlain(given, { asText: true }));
  if (asText.result.success || given.kind === "scalar" || given.text === undefined) return asText;
  const raw = attempt(given.text);
  return raw.result.success ? raw : asText;
}

export function noteIssues(
  path: string,
  { result }: Attempt,
  given: Given | undefined,
  secret: boolean,
  findings: Findings,
): void {
  for (const issue of result.error?.issues ?? []) {
    const at = given && descend(given, issue.path);
    const source: Source = at?.given.source ?? { name: path, place: "not set" };
    const value = at && (secret ? "***" : showValue(toPlain(at.given, { asText: true })));
    const missing = at && at.rest.length > 0 ? `${formatPath(at.rest)}: ` : "";
    findings.mistakes.push({ ...source, value, message: `${missing}${issue.message}` });
  }
}
