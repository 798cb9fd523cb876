/** Logging in by name and password, as people and robots do. */
import type { Runtime } from "../runtime.ts";
import type { AuditSink } from "./audit.ts";
import type { Caller } from "./caller.ts";
import type { Directory } from "./directory.ts";
import { createLoginThrottle } from "./login-throttle.ts";
import { createPasswords } from "./passwords.ts";

/** Somebody whose credentials were right. */
export interface Verified {
  readonly caller: Caller;
  /** Until when that counts, by this machine's clock. */
  readonly expiresAt?: number | undefined;
  /** Of a workload: what its token said about it. */
  readonly shown?: { readonly issuer: string; readonly subject: string } | undefined;
}

export type LoginOutcome =
  | { readonly kind: "verified"; readonly who: Verified }
  /** `reason`: what the client may know of it. */
  | { readonly kind: "refused"; readonly reason?: string | undefined }
  | { readonly kind: "throttled"; readonly retryAfterSeconds: number };

export interface Login {
  readonly username: string;
  readonly password: string;
  readonly address: string;
}

export interface Accounts {
  login(login: Login): Promise<LoginOutcome>;
}

/** Longer ones are no names, and what is remembered of each must be bounded. */
const LONGEST_NAME = 255;
const LONGEST_PASSWORD = 1024;

export function createAccounts(
  directory: () => Directory,
  { runtime, audit }: { readonly runtime: Runtime; readonly audit: AuditSink },
): Accounts {
  const passwords = createPasswords(() => directory().hashes, { runtime });
  const throttle = createLoginThrottle(runtime);

  return {
    async login(login) {
      const { username, password, address } = login;
      const refuse = (reason: string): LoginOutcome => {
        audit({ event: "login", outcome: "refused", user: username.slice(0, LONGEST_NAME), address, reason });
        return { kind: "refused" };
      };
      if (username.length > LONGEST_NAME || password.length > LONGEST_PASSWORD) return refuse("too long");
      const answer = await throttle.slow(login, (isFamiliar) => passwords.check(username, password, isFamiliar));
      if (answer === "busy") {
        audit({ event: "login", outcome: "refused", user: username, address, reason: "too many attempts" });
        return { kind: "throttled", retryAfterSeconds: throttle.retryAfterSeconds(login) };
      }
      if (answer === "wrong") return refuse("wrong name or password");
      const who = directory().find(username);
      if (who === undefined || (who.expiresAt ?? Number.POSITIVE_INFINITY) <= runtime.now()) return refuse("expired");
      return { kind: "verified", who };
    },
  };
}
