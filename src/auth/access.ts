/** The access controller of every kind of login but none: who is it, and what do the permissions say. */

import type { Runtime } from "../runtime.ts";
import type { Access, AccessController, AccessDecision, Challenge, Credentials, Origin } from "./access-controller.ts";
import type { Accounts, Verified } from "./accounts.ts";
import type { AuditSink } from "./audit.ts";
import { ANONYMOUS, isUserName, subjectOf } from "./caller.ts";
import { type CredentialCache, createCredentialCache } from "./credential-cache.ts";
import type { Permissions } from "./permissions.ts";

export interface Authenticated extends Verified {
  /** What a token speaks of. Absent: of everything. */
  readonly covers?: ((access: Access) => boolean) | undefined;
}

export interface AccessParts {
  readonly description: string;
  readonly runtime: Runtime;
  readonly audit: AuditSink;
  readonly permissions: () => Permissions;
  /** Changes whenever passwords, keys or trust do. */
  readonly generation: () => number;
  readonly accounts?: Accounts | undefined;
  /** `undefined` for a token that is not good. */
  readonly verifyToken?: ((token: string) => Promise<Authenticated | undefined>) | undefined;
  /** Whoever says nothing may nothing, whatever the permissions are: those are for what is in tokens. */
  readonly asksEverybody?: boolean | undefined;
  readonly challenge: (required: readonly Access[], error?: "invalid_token" | "insufficient_scope") => Challenge;
}

type Answer =
  | { readonly kind: "verified"; readonly who: Authenticated }
  | { readonly kind: "refused" }
  | { readonly kind: "throttled"; readonly retryAfterSeconds: number };

const NOBODY: Answer = { kind: "verified", who: { caller: ANONYMOUS } };
const REFUSED: Answer = { kind: "refused" };

export function createAccess(parts: AccessParts): AccessController {
  const { accounts, verifyToken, permissions, challenge, runtime, generation } = parts;
  const cache: CredentialCache<Answer> = createCredentialCache(runtime, { generation, validUntil });

  async function verify(credentials: Credentials, address: string): Promise<Answer> {
    if (credentials.scheme === "basic") return (await accounts?.login({ ...credentials, address })) ?? REFUSED;
    const who = await verifyToken?.(credentials.token);
    return who ? { kind: "verified", who } : REFUSED;
  }

  async function lookUp(credentials: Credentials, address: string): Promise<Answer> {
    // An entry that is renewed is no login.
    const isLogin = credentials.scheme === "basic" && cache.recall(credentials) === undefined;
    return await cache.resolve(credentials, async () => {
      const answer = await verify(credentials, address);
      if (isLogin && answer.kind === "verified") {
        const user = subjectOf(answer.who.caller);
        parts.audit({ event: "login", outcome: "done", method: "password", user, address });
      }
      return answer;
    });
  }

  function present(credentials: Credentials | undefined, origin: Origin | undefined): Promise<Answer> | Answer {
    if (credentials) return lookUp(credentials, origin?.address ?? "");
    const name = origin?.certificate;
    if (name !== undefined && isUserName(name)) return { kind: "verified", who: { caller: { kind: "user", name } } };
    return parts.asksEverybody ? REFUSED : NOBODY;
  }

  function decide({ caller, covers }: Authenticated, required: readonly Access[]): AccessDecision {
    const identity = { subject: subjectOf(caller) };
    const isNobody = caller.kind === "anonymous";
    const isAllowed = required.every((access) => permissions().allows(caller, access));
    const isCovered = covers === undefined || required.every(covers);
    // Who asks for nothing wants to know whether a login is needed.
    const isIntroduced = !isNobody || covers !== undefined || required.length > 0;
    if (isAllowed && isCovered && isIntroduced) return { kind: "granted", identity };
    if (isNobody && covers === undefined) return { kind: "unauthenticated", challenge: challenge(required) };
    if (!isAllowed && !isNobody) return { kind: "denied", identity };
    return { kind: "insufficient", identity, challenge: challenge(required, "insufficient_scope") };
  }

  return {
    description: parts.description,
    remembers: (credentials) => credentials.scheme === "bearer" || cache.recall(credentials) !== undefined,
    async authorize(credentials, required, origin) {
      const answer = await present(credentials, origin);
      if (answer.kind === "verified") return decide(answer.who, required);
      if (answer.kind === "throttled") return answer;
      const error = credentials?.scheme === "bearer" ? "invalid_token" : undefined;
      return { kind: "unauthenticated", challenge: challenge(required, error) };
    },
  };
}

function validUntil(answer: Answer): number | undefined {
  return answer.kind === "verified" ? (answer.who.expiresAt ?? Number.POSITIVE_INFINITY) : undefined;
}
