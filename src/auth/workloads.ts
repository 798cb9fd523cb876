/**
 * Jobs log in with a token that their platform has given them (OpenID Connect Core 1.0 section 2), if the permissions have a
 * workload that it fits. Nothing is remembered of a token that was used: until it expires, whoever has it is that workload.
 */
import type { Runtime } from "../runtime.ts";
import type { LoginOutcome } from "./accounts.ts";
import type { AuditSink } from "./audit.ts";
import type { Policy } from "./policy/policy.ts";
import { type Claims, workloadOf } from "./policy/workload-claims.ts";
import { ASYMMETRIC_ALGORITHMS } from "./tokens/algorithms.ts";
import { issuerOf, type KeySource, LEEWAY_SECONDS, verifyToken } from "./tokens/verify-token.ts";

/** The name under which the password is such a token. */
export const WORKLOAD_USER = "oidc";

export interface Workloads {
  /** `address` is where the token came from. */
  login(token: string, address: string): Promise<LoginOutcome>;
}

export interface WorkloadsParts {
  /** The keys of an issuer. `undefined`: it is not trusted. */
  readonly issuers: (issuer: string) => KeySource | undefined;
  /** One of them must be what the token is for. */
  readonly audiences: readonly string[];
  readonly workloads: () => Policy["workloads"];
  readonly runtime: Pick<Runtime, "now">;
  readonly audit: AuditSink;
}

/** Others with the same issuer and audience, such as logout tokens, are no proof of who sends them. */
const TYPES: ReadonlySet<string | undefined> = new Set([undefined, "jwt", "at+jwt"]);
const LONGEST_SUBJECT = 1024;

type Examined =
  | { readonly kind: "good"; readonly claims: Claims & { readonly exp: number }; readonly shown: Shown }
  | { readonly kind: "bad"; readonly reason: string };

interface Shown {
  readonly issuer: string;
  readonly subject: string;
}

export function createWorkloads({ issuers, audiences, workloads, runtime, audit }: WorkloadsParts): Workloads {
  async function examine(token: string): Promise<Examined> {
    const issuer = issuerOf(token);
    const keys = issuer === undefined ? undefined : issuers(issuer);
    if (issuer === undefined || keys === undefined) return bad("it is of no issuer that is trusted here");
    const rules = { issuer, audience: audiences, algorithms: ASYMMETRIC_ALGORITHMS };
    const now = runtime.now();
    const verified = await verifyToken(token, rules, { keys: byNameOnly(keys), now });
    if (verified.kind === "bad") return verified;
    const { claims, type } = verified;
    if (!TYPES.has(type?.toLowerCase().replace(/^application\//, ""))) return bad("it is another kind of token");
    const { sub: subject, iat } = claims;
    if (typeof iat !== "number" || iat > now / 1000 + LEEWAY_SECONDS) return bad("it does not say when it was issued");
    if (typeof subject !== "string" || subject === "" || subject.length > LONGEST_SUBJECT) {
      return bad("it does not say for what it was issued");
    }
    return { kind: "good", claims, shown: { issuer, subject } };
  }

  return {
    async login(token, address) {
      const refuse = (reason: string, shown?: Shown): LoginOutcome => {
        audit({ event: "login", outcome: "refused", method: "oidc", user: "", address, reason, ...shown });
        return { kind: "refused", reason };
      };
      const examined = await examine(token);
      if (examined.kind === "bad") return refuse(`the token is not good: ${examined.reason}`);
      const { claims, shown } = examined;
      const name = workloadOf(workloads(), claims);
      if (name === undefined) return refuse("the token is good, and no workload of the permissions fits it", shown);
      return { kind: "verified", who: { caller: { kind: "workload", name }, expiresAt: claims.exp * 1000, shown } };
    },
  };
}

/** Certificates and keys that a token brings along are not what its issuer has published. */
const byNameOnly = (keys: KeySource): KeySource => ({
  ring: { find: ({ kid }) => keys.ring.find({ kid }) },
  ...(keys.refresh && { refresh: () => keys.refresh?.() ?? Promise.resolve() }),
});

const bad = (reason: string): Extract<Examined, { readonly kind: "bad" }> => ({ kind: "bad", reason });
