/** Who may do what, as the configuration wants it: puts the room `auth` together. */

import { createAccess } from "./auth/access.ts";
import type { AccessController } from "./auth/access-controller.ts";
import { createAccounts } from "./auth/accounts.ts";
import type { AuditSink } from "./auth/audit.ts";
import { type Certificates, createCertificates } from "./auth/certificates.ts";
import { createIdentities } from "./auth/identities.ts";
import { createOpenAccess } from "./auth/none.ts";
import { everything, everythingForUsers } from "./auth/permissions.ts";
import { quoted } from "./auth/quoted.ts";
import { createSillyAccess } from "./auth/silly.ts";
import { createTokenService, type TokenService } from "./auth/token-service.ts";
import { createForeignTokens } from "./auth/tokens/foreign-tokens.ts";
import { createTokenIssuer } from "./auth/tokens/token-issuer.ts";
import { createWorkloads, type Workloads } from "./auth/workloads.ts";
import type { AuthConfig, TokenConfig, TokenServiceConfig } from "./config/auth.ts";
import { TOKEN_PATH } from "./http/token-endpoint.ts";
import { openOidcKeys } from "./oidc-keys.ts";
import type { Log, Runtime } from "./runtime.ts";
import { openSigningKeys } from "./signing-keys.ts";
import { openTokenKeys } from "./token-keys.ts";
import { openTrust, type Trust } from "./trust.ts";

export interface Authentication {
  readonly access: AccessController;
  /** Absent: there are none of ours. */
  readonly tokens?: TokenService | undefined;
  close(): void;
}

export interface AuthenticationServices {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly audit: AuditSink;
  /** What replicas share. */
  readonly secrets: readonly string[];
  /** Of all paths of ours. */
  readonly prefix: string;
}

/** Rejects `ExplainedError` for files that are not there, or make no sense. */
export async function openAuthentication(
  config: AuthConfig,
  services: AuthenticationServices,
): Promise<Authentication> {
  if (config.silly) return { access: createSillyAccess(config.silly), close() {} };
  if (config.token) return await openForeignTokens(config, config.token, services);
  if (config.tokenService) return await openOwnTokens(config, config.tokenService, services);
  if (config.htpasswd || config.certificate) return await openPasswords(config, services);
  return { access: createOpenAccess(), close() {} };
}

/** Passwords, certificates, or both. */
async function openPasswords(config: AuthConfig, services: AuthenticationServices): Promise<Authentication> {
  const { runtime, audit } = services;
  const { htpasswd } = config;
  const trust = await openTrust(config, everythingForUsers, services);
  const jobs = openWorkloads(config, trust, services);
  const ways = [htpasswd ? `htpasswd ${htpasswd.path}` : [], config.certificate ? "client certificates" : []].flat();
  const access = createAccess({
    description: `${ways.join(" and ")}, ${trust.description}`,
    identities: createIdentities({
      runtime,
      audit,
      generation: () => trust.generation + jobs.generation(),
      accounts: createAccounts(() => trust.current.directory, { runtime, audit }),
      workloads: jobs.workloads,
      certificates: openCertificates(config, trust, services),
    }),
    permissions: () => trust.current.permissions,
    challenge: () => htpasswd && `Basic realm=${quoted(htpasswd.realm)}`,
  });
  return {
    access,
    close() {
      jobs.close();
      trust.close();
    },
  };
}

function openCertificates(
  { certificate }: AuthConfig,
  trust: Trust,
  { runtime, audit }: AuthenticationServices,
): Certificates | undefined {
  const robots = () => trust.current.policy?.robots ?? new Map();
  return certificate && createCertificates({ robots, now: runtime.now, audit });
}

interface Jobs {
  readonly workloads: Workloads | undefined;
  readonly generation: () => number;
  close(): void;
}

function openWorkloads({ oidc }: AuthConfig, trust: Trust, services: AuthenticationServices): Jobs {
  if (oidc === undefined) return { workloads: undefined, generation: () => 0, close() {} };
  const keys = openOidcKeys(oidc.issuers, services);
  const workloads = createWorkloads({
    issuers: keys.find,
    audiences: oidc.audiences,
    workloads: () => trust.current.policy?.workloads ?? new Map(),
    runtime: services.runtime,
    audit: services.audit,
  });
  return { workloads, generation: () => keys.generation, close: keys.close };
}

/** Those who have a password get tokens for it here. The password itself is good as well, for clients that know nothing else. */
async function openOwnTokens(
  config: AuthConfig,
  options: TokenServiceConfig,
  services: AuthenticationServices,
): Promise<Authentication> {
  const { runtime, audit, secrets, prefix } = services;
  const trust = await openTrust(config, everythingForUsers, services);
  const jobs = openWorkloads(config, trust, services);
  const keys = await openSigningKeys(options, secrets, services);
  const issuer = createTokenIssuer(() => keys.current, options, runtime);
  const identities = createIdentities({
    runtime,
    audit,
    generation: () => trust.generation + keys.generation + jobs.generation(),
    workloads: jobs.workloads,
    certificates: openCertificates(config, trust, services),
    accounts: createAccounts(() => trust.current.directory, { runtime, audit }),
    verifyToken: issuer.verifyAccess,
  });
  const permissions = () => trust.current.permissions;
  const realm = options.realm ?? { path: `${prefix.replace(/\/$/, "")}${TOKEN_PATH}` };
  const { service } = options;
  const access = createAccess({
    description: `tokens of our own, ${trust.description}`,
    identities,
    permissions,
    challenge: (required, error) => ({ realm, service, required, error }),
  });
  const directory = () => trust.current.directory;
  const tokens = createTokenService({ issuer, identities, directory, permissions, audit, now: runtime.now });
  return {
    access,
    tokens,
    close() {
      jobs.close();
      trust.close();
      keys.close();
    },
  };
}

/** The tokens of somebody else say what their bearers may do; permissions of ours can only take away from that. */
async function openForeignTokens(
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
