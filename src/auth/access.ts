/** The access controller of every kind of login but none: who is it, and what do the permissions say. */
import type { Access, AccessController, AccessDecision, Challenge, Credentials, Origin } from "./access-controller.ts";
import { ANONYMOUS, subjectOf } from "./caller.ts";
import { type Authenticated, type Identification, type Identities, REFUSED } from "./identities.ts";
import type { Permissions } from "./permissions.ts";

export interface AccessParts {
  readonly description: string;
  readonly identities: Identities;
  readonly permissions: () => Permissions;
  /** Whoever says nothing may nothing, whatever the permissions are: those are for what is in tokens. */
  readonly asksEverybody?: boolean | undefined;
  /** `undefined`: there is nothing that a client could say in a header. */
  readonly challenge: (
    required: readonly Access[],
    error?: "invalid_token" | "insufficient_scope",
  ) => Challenge | undefined;
}

const NOBODY: Identification = { kind: "verified", who: { caller: ANONYMOUS } };

export function createAccess({
  description,
  identities,
  permissions,
  asksEverybody = false,
  challenge,
}: AccessParts): AccessController {
  function identify(credentials: Credentials | undefined, origin: Origin | undefined) {
    if (credentials) return identities.identify(credentials, origin?.address ?? "");
    return asksEverybody ? REFUSED : NOBODY;
  }

  function ask(required: readonly Access[], error?: "invalid_token"): AccessDecision {
    const unauthenticated = challenge(required, error);
    return unauthenticated === undefined ? { kind: "denied" } : { kind: "unauthenticated", challenge: unauthenticated };
  }

  function decide({ caller, covers }: Authenticated, required: readonly Access[]): AccessDecision {
    const identity = { subject: subjectOf(caller) };
    const isNobody = caller.kind === "anonymous";
    const isAllowed = required.every((access) => permissions().allows(caller, access));
    const isCovered = covers === undefined || required.every(covers);
    // Who asks for nothing wants to know whether a login is needed.
    const isIntroduced = !isNobody || covers !== undefined || required.length > 0;
    if (isAllowed && isCovered && isIntroduced) return { kind: "granted", identity };
    if (isNobody && covers === undefined) return ask(required);
    if (!isAllowed && !isNobody) return { kind: "denied", identity };
    const insufficient = challenge(required, "insufficient_scope");
    return insufficient === undefined
      ? { kind: "denied", identity }
      : { kind: "insufficient", identity, challenge: insufficient };
  }

  return {
    description,
    // passport carries passwords; a token has nothing in it that would have to be taken apart.
    remembers: (credentials) => credentials.scheme === "bearer" || identities.remembers(credentials),
    async authorize(credentials, required, origin) {
      const found = await identify(credentials, origin);
      if (found.kind === "verified") return decide(found.who, required);
      if (found.kind === "throttled") return found;
      return ask(required, credentials?.scheme === "bearer" ? "invalid_token" : undefined);
    },
  };
}
