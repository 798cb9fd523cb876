/** Who may do what, as the configuration wants it: puts the room `auth` together. */

import { createAccess } from "./auth/access.ts";
import type { AccessController } from "./auth/access-controller.ts";
import { createAccounts } from "./auth/accounts.ts";
import type { AuditSink } from "./auth/audit.ts";
import { createOpenAccess } from "./auth/none.ts";
import { quoted } from "./auth/quoted.ts";
import { createSillyAccess } from "./auth/silly.ts";
import type { AuthConfig } from "./config/auth.ts";
import type { Log, Runtime } from "./runtime.ts";
import { openTrust } from "./trust.ts";

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
  const trust = await openTrust(config, services);
  const access = createAccess({
    description: `htpasswd ${path}, ${trust.description}`,
    runtime,
    audit,
    permissions: () => trust.current.permissions,
    generation: () => trust.generation,
    accounts: createAccounts(() => trust.current.directory, { runtime, audit }),
    challenge: () => `Basic realm=${quoted(realm)}`,
  });
  return { access, close: trust.close };
}
