/** Who may do what, as the configuration wants it: puts the room `auth` together. */

import { createAccess } from "./auth/access.ts";
import type { AccessController } from "./auth/access-controller.ts";
import { createAccounts } from "./auth/accounts.ts";
import type { AuditSink } from "./auth/audit.ts";
import { createIdentities } from "./auth/identities.ts";
import { createOpenAccess } from "./auth/none.ts";
import { everything, everythingForUsers } from "./auth/permissions.ts";
import { quoted } from "./auth/quoted.ts";
import { createSillyAccess } from "./auth/silly.ts";
import { createForeignTokens } from "./auth/tokens/foreign-tokens.ts";
import type { AuthConfig, TokenConfig } from "./config/auth.ts";
import type { Log, Runtime } from "./runtime.ts";
import { openTokenKeys } from "./token-keys.ts";
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
  if (config.token) return await openTokenAccess(config, config.token, services);
  if (config.htpasswd) return await openPasswordAccess(config, config.htpasswd, services);
  return { access: createOpenAccess(), close() {} };
}

async function openPasswordAccess(
  config: AuthConfig,
  { realm, path }: NonNullable<AuthConfig["htpasswd"]>,
  services: AuthenticationServices,
): Promise<Authentication> {
  const { runtime, audit } = services;
  const trust = await openTrust(config, everythingForUsers, services);
  const access = createAccess({
    description: `htpasswd ${path}, ${trust.description}`,
    identities: createIdentities({
      runtime,
      audit,
      generation: () => trust.generation,
      accounts: createAccounts(() => trust.current.directory, { runtime, audit }),
    }),
    permissions: () => trust.current.permissions,
    challenge: () => `Basic realm=${quoted(realm)}`,
  });
  return { access, close: trust.close };
}

/** The tokens of somebody else say what their bearers may do; permissions of ours can only take away from that. */
async function openTokenAccess(
  config: AuthConfig,
  token: TokenConfig,
  services: AuthenticationServices,
): Promise<Authentication> {
  const { runtime, audit } = services;
  const { realm, service, issuer, algorithms } = token;
  const trust = await openTrust(config, everything, services);
  const keys = await openTokenKeys(token, services);
  const access = createAccess({
    description: `tokens of ${issuer} for ${service}${config.permissions === undefined ? "" : `, ${trust.description}`}`,
    identities: createIdentities({
      runtime,
      audit,
      generation: () => trust.generation + keys.generation,
      verifyToken: createForeignTokens({ issuer, audience: service, algorithms }, { keys, runtime, log: services.log }),
    }),
    permissions: () => trust.current.permissions,
    asksEverybody: true,
    challenge: (required, error) => ({ realm, service, required, error }),
  });
  return {
    access,
    close() {
      trust.close();
      keys.close();
    },
  };
}
