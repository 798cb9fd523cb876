/** Who can log in, from the file with the passwords and that with the permissions. */
import type { Verified } from "./accounts.ts";
import type { PasswordHashes } from "./htpasswd.ts";
import type { Policy } from "./policy/policy.ts";

/** Names and what is behind them. */
export interface Directory {
  readonly hashes: PasswordHashes;
  /** `undefined`: there is nobody of that name. A robot whose time is over is there, until then. */
  find(name: string): Verified | undefined;
}

const NO_ROBOTS: Policy["robots"] = new Map();

/** A name is a robot's if the permissions say so, wherever its password is. */
export function directoryOf(passwords: PasswordHashes, policy: Policy | undefined): Directory {
  const robots = policy?.robots ?? NO_ROBOTS;
  const hashes = new Map(passwords);
  for (const [name, { hash }] of robots) if (hash !== undefined) hashes.set(name, hash);
  return {
    hashes,
    find(name) {
      const robot = robots.get(name);
      if (robot) return { caller: { kind: "robot", name }, expiresAt: robot.expiresAt };
      return hashes.has(name) ? { caller: { kind: "user", name } } : undefined;
    },
  };
}
