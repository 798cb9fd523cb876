/** Tokens of a token server that is not ours, as distribution takes them. */
import type { Log, Runtime } from "../../runtime.ts";
import { ANONYMOUS, type Caller, isUserName } from "../caller.ts";
import type { Authenticated } from "../identities.ts";
import { coverageOf, parseAccessClaim } from "./token-access.ts";
import { type KeySource, LEEWAY_SECONDS, type TokenRules, verifyToken } from "./verify-token.ts";

export function createForeignTokens(
  rules: TokenRules,
  { keys, runtime, log }: { readonly keys: KeySource; readonly runtime: Runtime; readonly log: Log },
): (token: string) => Promise<Authenticated | undefined> {
  const refuse = (reason: string): undefined => {
    log.debug({ reason }, "a token was refused");
    return undefined;
  };
  return async (token) => {
    const verified = await verifyToken(token, rules, { keys, now: runtime.now() });
    if (verified.kind === "bad") return refuse(verified.reason);
    const { sub, access, exp } = verified.claims;
    const entries = parseAccessClaim(access);
    if (entries === undefined) return refuse("its claim of access makes no sense");
    const caller = callerOf(sub);
    if (caller === undefined) return refuse("its subject cannot be the name of a user");
    return { caller, covers: coverageOf(entries, { ours: false }), expiresAt: (exp + LEEWAY_SECONDS) * 1000 };
  };
}

/** A token for nobody in particular has no subject. */
function callerOf(subject: unknown): Caller | undefined {
  if (subject === undefined || subject === "") return ANONYMOUS;
  return typeof subject === "string" && isUserName(subject) ? { kind: "user", name: subject } : undefined;
}
