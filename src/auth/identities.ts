/** Who is behind credentials: asked once, and remembered for a while. */
import type { Runtime } from "../runtime.ts";
import type { Access, Credentials } from "./access-controller.ts";
import type { Accounts, Verified } from "./accounts.ts";
import type { AuditEvent, AuditSink } from "./audit.ts";
import { subjectOf } from "./caller.ts";
import type { Certificates } from "./certificates.ts";
import { createCredentialCache } from "./credential-cache.ts";
import { WORKLOAD_USER, type Workloads } from "./workloads.ts";

export interface Authenticated extends Verified {
  /** What a token speaks of. Absent: of everything. */
  readonly covers?: ((access: Access) => boolean) | undefined;
}

export type Identification =
  | { readonly kind: "verified"; readonly who: Authenticated }
  | { readonly kind: "refused"; readonly reason?: string | undefined }
  | { readonly kind: "throttled"; readonly retryAfterSeconds: number };

export interface Identities {
  /** Whether `identify` would not have to ask. */
  remembers(credentials: Credentials): boolean;
  identify(credentials: Credentials, address: string): Promise<Identification>;
}

/** `undefined` for a token that is not good. */
export type TokenVerifier = (token: string) => Promise<Authenticated | undefined>;

export interface IdentitiesParts {
  readonly runtime: Runtime;
  readonly audit: AuditSink;
  /** Changes whenever passwords, keys or permissions do. */
  readonly generation: () => number;
  /** Absent: nobody has a password. */
  readonly accounts?: Accounts | undefined;
  /** Absent: `WORKLOAD_USER` is a name like any other. */
  readonly workloads?: Workloads | undefined;
  /** Absent: certificates are nobody's name. */
  readonly certificates?: Certificates | undefined;
  /** Absent: nobody has a token. */
  readonly verifyToken?: TokenVerifier | undefined;
}

export const REFUSED: Identification = { kind: "refused" };

export function createIdentities({ runtime, audit, generation, ...parts }: IdentitiesParts): Identities {
  const { accounts, workloads, certificates, verifyToken } = parts;
  const cache = createCredentialCache<Identification>(runtime, { generation, validUntil });

  async function verify(credentials: Credentials, address: string): Promise<Identification> {
    if (workloads && isOfWorkload(credentials)) return await workloads.login(credentials.password, address);
    if (credentials.scheme === "certificate") return certificates?.login(credentials.name, address) ?? REFUSED;
    if (credentials.scheme === "basic") return (await accounts?.login({ ...credentials, address })) ?? REFUSED;
    const who = await verifyToken?.(credentials.token);
    return who ? { kind: "verified", who } : REFUSED;
  }

  return {
    remembers: (credentials) => cache.recall(credentials) !== undefined,
    async identify(credentials, address) {
      // An entry that is renewed is no login, and neither is a token: whoever issued it has seen that.
      const isLogin = credentials.scheme !== "bearer" && cache.recall(credentials) === undefined;
      return await cache.resolve(credentials, async () => {
        const found = await verify(credentials, address);
        if (isLogin && found.kind === "verified") {
          const { caller, shown } = found.who;
          audit({
            event: "login",
            outcome: "done",
            method: methodOf(credentials),
            user: subjectOf(caller),
            address,
            ...shown,
          });
        }
        return found;
      });
    },
  };
}

function methodOf(credentials: Credentials): AuditEvent["method"] {
  if (credentials.scheme === "certificate") return "certificate";
  return isOfWorkload(credentials) ? "oidc" : "password";
}

type Basic = Extract<Credentials, { readonly scheme: "basic" }>;

const isOfWorkload = (credentials: Credentials): credentials is Basic =>
  credentials.scheme === "basic" && credentials.username === WORKLOAD_USER;

function validUntil(found: Identification): number | undefined {
  return found.kind === "verified" ? (found.who.expiresAt ?? Number.POSITIVE_INFINITY) : undefined;
}
