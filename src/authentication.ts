/** Who may do what, as the configuration wants it: puts the room `auth` together. */

import { createAccess } from "./auth/access.ts";
import type { AccessController } from "./auth/access-controller.ts";
import { createAccounts, type Directory } from "./auth/accounts.ts";
import type { AuditSink } from "./auth/audit.ts";
import { type PasswordHashes, parsePasswordFile } from "./auth/htpasswd.ts";
import { createOpenAccess } from "./auth/none.ts";
import { everythingForUsers, pullForAnyone } from "./auth/permissions.ts";
import { quoted } from "./auth/quoted.ts";
import { createSillyAccess } from "./auth/silly.ts";
import type { AuthConfig } from "./config/auth.ts";
import type { Log, Runtime } from "./runtime.ts";
import { type Watched, watchFiles } from "./watched-files.ts";

export interface Authentication {
  readonly access: AccessController;
  close(): void;
}

export interface AuthenticationServices {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly audit: AuditSink;
}

/** Rejects `ExplainedError` for files that are not there, or make no sense. */
export async function openAuthentication(
  config: AuthConfig,
  services: AuthenticationServices,
): Promise<Authentication> {
  if (config.silly) return { access: createSillyAccess(config.silly), close() {} };
  if (config.htpasswd === undefined) return { access: createOpenAccess(), close() {} };
  const { runtime, audit } = services;
  const { realm, path } = config.htpasswd;
  const passwords = await watchPasswords(path, services);
  const permissions = config.anonymous === "pull" ? pullForAnyone : everythingForUsers;
  const access = createAccess({
    description: `htpasswd ${path}${config.anonymous === "pull" ? ", and everybody may pull" : ""}`,
    runtime,
    audit,
    permissions: () => permissions,
    generation: () => passwords.generation,
    accounts: createAccounts(() => directoryOf(passwords.current), { runtime, audit }),
    challenge: () => `Basic realm=${quoted(realm)}`,
  });
  return { access, close: () => passwords.close() };
}

const watchPasswords = (path: string, services: AuthenticationServices): Promise<Watched<PasswordHashes>> =>
  watchFiles(
    {
      what: `the passwords in ${path} (auth.htpasswd.path)`,
      paths: [path],
      parse: ([content]) => parsePasswordFile(content?.toString("utf8") ?? ""),
    },
    services,
  );

const directoryOf = (hashes: PasswordHashes): Directory => ({
  hashes,
  find: (name) => (hashes.has(name) ? { caller: { kind: "user", name } } : undefined),
});
