/** Gives tokens to those who can say who they are, for what they may do: distribution's token and OAuth2 specifications. */
import type { Credentials } from "./access-controller.ts";
import type { Verified } from "./accounts.ts";
import type { AuditEvent, AuditSink } from "./audit.ts";
import { ANONYMOUS, type Caller, subjectOf } from "./caller.ts";
import type { Directory } from "./directory.ts";
import type { Identities } from "./identities.ts";
import type { Permissions } from "./permissions.ts";
import { grant } from "./tokens/grants.ts";
import { formatScopes, parseScopes, type RequestedScope } from "./tokens/scopes.ts";
import type { IssuedToken, TokenIssuer } from "./tokens/token-issuer.ts";
import { WORKLOAD_USER } from "./workloads.ts";

export type Proof =
  | { readonly kind: "nobody" }
  | { readonly kind: "password"; readonly credentials: Credentials }
  | { readonly kind: "refresh"; readonly token: string }
  /** RFC 8693: a token of a platform. */
  | { readonly kind: "exchange"; readonly token: string };

export interface TokenRequest {
  readonly proof: Proof;
  /** Whom the token is for. `undefined`: for us. */
  readonly service: string | undefined;
  readonly scopes: readonly string[];
  /** Whether a refresh token is wanted as well. */
  readonly offline: boolean;
  readonly address: string;
}

export type TokenAnswer =
  | {
      readonly kind: "issued";
      /** To whom. */
      readonly subject: string;
      readonly token: IssuedToken;
      /** What was granted. */
      readonly scope: string;
      readonly refreshToken: string | undefined;
    }
  /** `reason`: what the client may know of it. */
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "throttled"; readonly retryAfterSeconds: number }
  /** The request makes no sense. */
  | { readonly kind: "invalid"; readonly reason: string };

export interface TokenService {
  issue(request: TokenRequest): Promise<TokenAnswer>;
  keySet(): object;
}

export interface TokenServiceParts {
  readonly issuer: TokenIssuer;
  readonly identities: Identities;
  readonly directory: () => Directory;
  readonly permissions: () => Permissions;
  readonly audit: AuditSink;
  readonly now: () => number;
}

type Outcome =
  | { readonly kind: "verified"; readonly who: Verified }
  | Exclude<TokenAnswer, { readonly kind: "issued" }>;

const refused = (reason: string) => ({ kind: "refused", reason }) as const;

export function createTokenService(parts: TokenServiceParts): TokenService {
  const { issuer, identities, directory, permissions, audit, now } = parts;

  async function identify(proof: Proof, address: string): Promise<Outcome> {
    switch (proof.kind) {
      case "nobody":
        return { kind: "verified", who: { caller: ANONYMOUS } };
      case "password": {
        const found = await identities.identify(proof.credentials, address);
        return found.kind === "refused" ? refused(found.reason ?? "the name or the password is wrong") : found;
      }
      case "refresh":
        return report("refresh token", await findRefreshed(proof.token), address);
      case "exchange":
        return await exchange(proof.token, address);
    }
  }

  /** What is wrong with the token is wrong with the request: RFC 8693 section 2.2.2. */
  async function exchange(token: string, address: string): Promise<Outcome> {
    const found = await identities.identify({ scheme: "basic", username: WORKLOAD_USER, password: token }, address);
    return found.kind === "refused" ? { kind: "invalid", reason: found.reason ?? "such tokens are not taken" } : found;
  }

  function report(method: NonNullable<AuditEvent["method"]>, who: Verified | undefined, address: string): Outcome {
    const user = who ? subjectOf(who.caller) : "";
    if (who) audit({ event: "login", outcome: "done", method, user, address });
    else audit({ event: "login", outcome: "refused", method, user, address, reason: `the ${method} is not good` });
    return who ? { kind: "verified", who } : refused("the login has ended, log in again");
  }

  /** Its owner must be there still, with the password of then. */
  async function findRefreshed(token: string): Promise<Verified | undefined> {
    const verified = await issuer.verifyRefresh(token);
    const account = verified && accountOf(verified.caller);
    return account && verified.isProvedBy(account.hash) ? account.who : undefined;
  }

  function accountOf(caller: Caller): { readonly who: Verified; readonly hash: string } | undefined {
    if (caller.kind === "anonymous") return undefined;
    const { hashes, find } = directory();
    const [who, hash] = [find(caller.name), hashes.get(caller.name)];
    if (who === undefined || hash === undefined || subjectOf(who.caller) !== subjectOf(caller)) return undefined;
    return (who.expiresAt ?? Number.POSITIVE_INFINITY) > now() ? { who, hash } : undefined;
  }

  async function issueTo(
    { caller, expiresAt }: Verified,
    scopes: readonly RequestedScope[],
    offline: boolean,
  ): Promise<TokenAnswer> {
    const access = grant(scopes, caller, permissions());
    // Nobody who gets nothing had better log in than be told so later.
    const isWorthIt = access.length > 0 || (scopes.length === 0 && permissions().allows(caller, { type: "catalog" }));
    if (caller.kind === "anonymous" && !isWorthIt) return refused("log in for that");
    const account = offline ? accountOf(caller) : undefined;
    return {
      kind: "issued",
      subject: subjectOf(caller),
      token: await issuer.issueAccess(caller, access, expiresAt),
      scope: formatScopes(access),
      refreshToken: account && (await issuer.issueRefresh(caller, account.hash)),
    };
  }

  return {
    keySet: () => issuer.keySet(),
    async issue({ proof, service, scopes: texts, offline, address }) {
      if (service !== undefined && service !== issuer.service) {
        return { kind: "invalid", reason: `tokens are for ${issuer.service} here` };
      }
      let scopes: RequestedScope[];
      try {
        scopes = parseScopes(texts);
      } catch (error) {
        if (error instanceof RangeError) return { kind: "invalid", reason: error.message };
        throw error;
      }
      const outcome = await identify(proof, address);
      return outcome.kind === "verified" ? await issueTo(outcome.who, scopes, offline) : outcome;
    },
  };
}
