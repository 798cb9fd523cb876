/** Whom a client certificate stands for, once the handshake has shown that it is good. */
import type { LoginOutcome } from "./accounts.ts";
import type { AuditSink } from "./audit.ts";
import { isUserName } from "./caller.ts";
import type { Policy } from "./policy/policy.ts";

export interface Certificates {
  /** `name` is what the certificate says, `address` where it was shown. */
  login(name: string, address: string): LoginOutcome;
}

export interface CertificatesParts {
  readonly robots: () => Policy["robots"];
  readonly now: () => number;
  readonly audit: AuditSink;
}

export function createCertificates({ robots, now, audit }: CertificatesParts): Certificates {
  return {
    login(name, address) {
      const refuse = (reason: string): LoginOutcome => {
        audit({ event: "login", outcome: "refused", method: "certificate", user: name.slice(0, 255), address, reason });
        return { kind: "refused", reason };
      };
      if (!isUserName(name)) return refuse("nobody can have the name in the certificate");
      // As with passwords, a name is a robot's if the permissions say so.
      const robot = robots().get(name);
      if (robot === undefined) return { kind: "verified", who: { caller: { kind: "user", name } } };
      if (robot.expiresAt <= now()) return refuse("expired");
      return { kind: "verified", who: { caller: { kind: "robot", name }, expiresAt: robot.expiresAt } };
    },
  };
}
