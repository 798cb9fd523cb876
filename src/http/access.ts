/** From headers to a decision, and back to headers. */
import type { IncomingMessage } from "node:http";
import type { Access, AccessController, AccessDecision, Credentials, Identity } from "../auth/access-controller.ts";
import type { RateLimit } from "../auth/rate-limit.ts";
import { RegistryError } from "../oci/errors.ts";
import type { RequestAudit } from "./audit.ts";
import { createBasicCarrier } from "./basic.ts";
import { formatChallenge, refusalDetails } from "./challenge.ts";
import { isAnonymous, readCredentials } from "./credentials.ts";
import type { Locations } from "./locations.ts";
import type { Answer } from "./visit.ts";

export interface Gatekeeper {
  /** Rejects `unauthorized` (and has then set WWW-Authenticate), `denied`, `too_many_requests`. */
  require(required: readonly Access[], request: IncomingMessage, response: Answer): Promise<Identity>;
  /** As `require`, where a refusal is an answer like another. */
  may(access: Access, request: IncomingMessage, response: Answer): Promise<boolean>;
  /** As `may`, but rejects `unauthorized` when the caller could get a token that allows it. */
  mayOrAsk(required: readonly Access[], request: IncomingMessage, response: Answer): Promise<boolean>;
}

export interface GatekeeperParts {
  readonly locations: Locations;
  readonly audit: RequestAudit;
  readonly rateLimit: RateLimit;
}

export function createGatekeeper(
  controller: AccessController,
  { locations, audit, rateLimit }: GatekeeperParts,
): Gatekeeper {
  const carry = createBasicCarrier();

  async function decide(
    required: readonly Access[],
    request: IncomingMessage,
    response: Answer,
  ): Promise<AccessDecision> {
    const credentials = credentialsOf(request, response);
    const { locals } = response;
    if (credentials?.scheme === "basic" && !controller.remembers?.(credentials)) {
      const decision = await carry(request, response, (carried) => controller.authorize(carried, required, locals));
      if (decision) return decision;
    }
    return await controller.authorize(credentials, required, locals);
  }

  /** It takes a decision to know whose request it is. What it costs to make one has bounds of its own. */
  function assertRate(decision: AccessDecision, response: Answer): void {
    const subject = "identity" in decision ? (decision.identity?.subject ?? "") : "";
    const seconds = rateLimit.take(subject, response.locals);
    if (seconds === 0) return;
    response.setHeader("retry-after", seconds);
    throw new RegistryError("too_many_requests", `too many requests: try again in ${seconds} s`);
  }

  /** Sets the headers that belong to the refusal. */
  function refuse(
    decision: Refusal,
    required: readonly Access[],
    request: IncomingMessage,
    response: Answer,
  ): RegistryError {
    const details = refusalDetails(required);
    switch (decision.kind) {
      case "unauthenticated":
      case "insufficient": {
        const origin = () => locations.origin(request);
        response.setHeader("www-authenticate", formatChallenge(decision.challenge, origin));
        return new RegistryError("unauthorized", "authentication required", { details });
      }
      case "denied":
        return new RegistryError("denied", decision.identity ? NOT_ALLOWED : NOT_SHOWN, { details });
      case "throttled":
        response.setHeader("retry-after", decision.retryAfterSeconds);
        return new RegistryError("too_many_requests", "too many attempts to log in: try again later");
    }
  }

  return {
    async require(required, request, response) {
      const decision = await decide(required, request, response);
      assertRate(decision, response);
      if (decision.kind === "granted") return decision.identity;
      if ("identity" in decision) response.locals.user = decision.identity?.subject;
      const reason = reasonOf(decision, request);
      if (reason !== undefined) audit.refused(response, required, reason);
      throw refuse(decision, required, request, response);
    },
    async may(access, request, response) {
      return (await decide([access], request, response)).kind === "granted";
    },
    async mayOrAsk(required, request, response) {
      const decision = await decide(required, request, response);
      if (decision.kind === "insufficient") throw refuse(decision, required, request, response);
      return decision.kind === "granted";
    },
  };
}

const NOT_ALLOWED = "requested access to the resource is denied";
const NOT_SHOWN = "this is for clients that show a certificate which is good here";

/** Whoever says something about itself is judged by that, even if it cannot be read. */
function credentialsOf(request: IncomingMessage, { locals }: Answer): Credentials | undefined {
  const { authorization } = request.headers;
  if (!isAnonymous(authorization)) return readCredentials(authorization);
  const name = locals.certifiedName;
  return name === undefined ? undefined : { scheme: "certificate", name };
}

type Refusal = Exclude<AccessDecision, { readonly kind: "granted" }>;

/** `undefined`: nothing to report. Who has said nothing is asked, not refused; and what went wrong at a login is known already. */
function reasonOf(decision: Refusal, request: IncomingMessage): string | undefined {
  const { kind } = decision;
  if (kind === "denied") return decision.identity && "the permissions do not allow it";
  if (kind === "insufficient") return "the token does not speak of it";
  return kind === "unauthenticated" && readCredentials(request.headers.authorization)?.scheme === "bearer"
    ? "the token is not good"
    : undefined;
}
