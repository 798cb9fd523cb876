/** Who there is, and what they may: from the files that say so, as they are now. */
import { type Directory, directoryOf } from "./auth/directory.ts";
import { type PasswordHashes, parsePasswordFile } from "./auth/htpasswd.ts";
import { type Permissions, pullForAnyone } from "./auth/permissions.ts";
import { type Policy, permissionsOf } from "./auth/policy/policy.ts";
import { parsePolicy } from "./auth/policy/policy-file.ts";
import type { AuthConfig } from "./config/auth.ts";
import type { Log, Runtime } from "./runtime.ts";
import { watchFiles } from "./watched-files.ts";

export interface Trusted {
  readonly directory: Directory;
  readonly permissions: Permissions;
  /** Absent: there is no file. */
  readonly policy: Policy | undefined;
}

export interface Trust {
  readonly current: Trusted;
  /** Counts the changes that took effect. */
  readonly generation: number;
  /** For the line that the server prints at its start. */
  readonly description: string;
  close(): void;
}

type Files = Pick<AuthConfig, "htpasswd" | "permissions" | "anonymous" | "oidc">;

const NO_PASSWORDS: PasswordHashes = new Map();

/** Rejects `ExplainedError` for files that are not there, or make no sense. */
export async function openTrust(
  { htpasswd, permissions, anonymous, oidc }: Files,
  /** What counts where no file says anything. */
  byDefault: Permissions,
  services: { readonly runtime: Runtime; readonly log: Log },
): Promise<Trust> {
  const passwords = await watchFiles(
    {
      what: `the passwords in ${htpasswd?.path} (auth.htpasswd.path)`,
      paths: htpasswd ? [htpasswd.path] : [],
      parse: ([content]) => (content ? parsePasswordFile(content.toString("utf8")) : NO_PASSWORDS),
    },
    services,
  );
  const policy = await watchFiles(
    {
      what: `the permissions in ${permissions} (auth.permissions)`,
      paths: permissions === undefined ? [] : [permissions],
      parse: ([content]) => (content ? assertIssuers(parsePolicy(content.toString("utf8")), oidc) : undefined),
    },
    services,
  );
  const withoutPolicy = anonymous === "pull" ? pullForAnyone : byDefault;
  const generation = () => passwords.generation + policy.generation;
  const now = () => services.runtime.now();
  const build = (): Trusted => ({
    directory: directoryOf(passwords.current, policy.current),
    permissions: policy.current ? permissionsOf(policy.current, now) : withoutPolicy,
    policy: policy.current,
  });
  let built = { generation: generation(), trusted: build() };
  return {
    get current() {
      if (built.generation !== generation()) built = { generation: generation(), trusted: build() };
      return built.trusted;
    },
    get generation() {
      return generation();
    },
    description: describe(permissions, anonymous),
    close() {
      passwords.close();
      policy.close();
    },
  };
}

/** A workload of somebody whose tokens are not taken would never come. Throws `RangeError`. */
function assertIssuers(policy: Policy, oidc: AuthConfig["oidc"]): Policy {
  const known = new Set(oidc?.issuers.map(({ issuer }) => issuer));
  for (const [name, { issuer }] of policy.workloads) {
    if (oidc && !known.has(issuer)) {
      throw new RangeError(`the issuer of workload ${name}, ${issuer}, is not in auth.oidc.issuers`);
    }
  }
  return policy;
}

function describe(permissions: string | undefined, anonymous: AuthConfig["anonymous"]): string {
  if (permissions !== undefined) return `permissions ${permissions}`;
  return anonymous === "pull" ? "users may do everything, everybody may pull" : "users may do everything";
}
