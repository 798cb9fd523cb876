/** Puts the registry together. The only place that knows all the rooms. */

import cluster from "node:cluster";
import type { StorageDriver } from "../drivers/contract.ts";
import { createAccessLog, createRequestLog } from "./access-log.ts";
import { type AppOptions, createApp } from "./app.ts";
import { createAuditLog } from "./audit-log.ts";
import { noAudit } from "./auth/audit.ts";
import { createOpenAccess } from "./auth/none.ts";
import type { Authentication, AuthenticationServices } from "./authentication.ts";
import type { AuthConfig } from "./config/auth.ts";
import type { Config } from "./config/config.ts";
import { startDebugServer } from "./debug-server.ts";
import { ExplainedError } from "./explained-error.ts";
import type { Observer } from "./http/visit.ts";
import type { Pieces, StopReason } from "./lifecycle.ts";
import type { LogOutput, ProcessLog } from "./log.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import type { Readiness } from "./readiness.ts";
import type { Redaction } from "./redaction.ts";
import { createRegistry, type RegistryOptions } from "./registry/registry.ts";
import { settleSecret } from "./registry/secret.ts";
import type { Runtime } from "./runtime.ts";
import { type RunningServer, startServer } from "./server.ts";
import { describeStore, openStore } from "./store.ts";
import { probeStore } from "./store-probe.ts";
import { openTlsFiles } from "./tls-files.ts";
import { fingerprintOf, type Welcome } from "./welcome.ts";

export interface HostProcess {
  readonly config: Config;
  readonly log: ProcessLog;
  readonly output: LogOutput;
  readonly redact: Redaction;
  readonly readiness: Readiness;
  readonly runtime: Runtime;
  readonly version: string;
}

/** Starts one piece after the other; `pieces` ends them in the opposite order. */
export async function assemble(host: HostProcess, pieces: Pieces): Promise<Welcome> {
  const { config, log, redact, readiness, runtime, version } = host;
  const storage = describeStore(config.storage.driver);
  const metrics = createMetrics();
  const tls = await pieces.add(
    "certificates",
    async () =>
      config.http.tls && {
        files: await openTlsFiles(config.http.tls, { runtime, log }),
        clientAuth: config.http.tls.clientAuth,
      },
    (opened) => opened?.files.close(),
  );
  const driver = await pieces.add(
    "store",
    () =>
      explained(`cannot open the store ${storage}`, log, () => openStore(config.storage, { log, metrics, runtime })),
    (opened) => opened.close(),
  );
  const redis = await pieces.add(
    "Redis",
    async () => config.redis && (await (await import("./redis.ts")).startRedis(config.redis, log)),
    (running) => running?.close(),
  );
  const registry = createRegistry({ driver, runtime, log, sharedPresence: redis?.presence }, registryOptions(config));
  const debugServer = await pieces.add(
    "debug server",
    // Of several processes, the one that started them has it.
    async () =>
      cluster.isPrimary && config.debug
        ? await startDebugServer({ readiness, metrics, runtime, redact, checkStore: registry.check }, config.debug)
        : undefined,
    (running) => running?.close(),
  );
  await pieces.add(
    "registry",
    () =>
      explained(`cannot use the store ${storage}`, log, async () => {
        const probing = config.storage.readOnly ? undefined : probeStore({ driver, log, runtime });
        await Promise.all([registry.start(), probing]);
      }),
    () => registry.close(),
  );
  const secrets = await settleSecrets(config, driver, { log, runtime });
  const audit = config.auth.isOpen ? noAudit : createAuditLog(log);
  const { prefix } = config.http;
  const { access, tokens } = await pieces.add(
    "authentication",
    () => openAccess(config.auth, { runtime, log, audit, secrets, prefix }),
    (opened) => opened.close(),
  );
  const isReady = () => readiness.state === "ready";
  const observers = observersOf(config, metrics, log);
  const services = { registry, access, audit, tokens, runtime, log, isReady, observers };
  const handler = createApp(services, appOptions(config, secrets));
  const server = await pieces.add(
    "API server",
    () => startServer({ handler, log, runtime }, { setting: "http.addr", ...config.http, tls }),
    (running, reason) => drain(running, reason, config, runtime),
  );
  const [configured] = config.http.secrets;
  const requiresCertificates = tls?.clientAuth === "require-and-verify-client-cert";
  return {
    version,
    address: server.address,
    scheme: tls ? "https" : "http",
    host: config.http.host,
    storage,
    access: requiresCertificates ? `${access.description}, for clients with a certificate` : access.description,
    secretFingerprint: configured && fingerprintOf(configured),
    debugAddress: debugServer?.address,
  };
}

const registryOptions = ({ http, storage, validation, uploads }: Config): RegistryOptions => ({
  readOnly: storage.readOnly,
  redirects: storage.redirects,
  references: { enabled: validation.enabled, urls: validation.urls, platforms: validation.indexPlatforms },
  reaper: storage.uploadPurging,
  partSize: (storage.driver.parameters as { readonly chunksize?: number }).chunksize,
  uploadMemoryBytes: Math.floor(uploads.maxMemoryBytes / http.workers),
});

const appOptions = ({ http, auth, storage, manifests, catalog, tags }: Config, secrets: Secrets): AppOptions => ({
  locations: { externalUrl: http.host, prefix: http.prefix, relative: http.relativeLocations },
  limits: { maxManifestBytes: manifests.maxBytes, maxCatalogEntries: catalog.maxEntries, maxTags: tags.maxTags },
  secrets,
  uploadMaxAgeMilliseconds: storage.uploadPurging.ageMilliseconds,
  deleteEnabled: storage.deletes,
  readOnly: storage.readOnly,
  trustedProxies: http.trustedProxies,
  certificateField: auth.certificate?.field,
  redirectExcept: storage.redirectExcept,
  rateLimit: http.rateLimit,
  headers: http.headers,
});

/** With fields, requests belong into the log; without, they are in the access log already. */
function observersOf({ log: { format, access } }: Config, metrics: Metrics, log: ProcessLog): Observer[] {
  const level = format === "json" ? "info" : "debug";
  return [
    metrics.observeRequests,
    ...(log.isLevelEnabled(level) ? [createRequestLog(log, { level })] : []),
    ...(access ? [createAccessLog()] : []),
  ];
}

/** What is wrong with a store is the store's matter: its message helps, our stack does not. */
async function explained<T>(problem: string, log: ProcessLog, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    log.debug({ err: error }, problem);
    throw new ExplainedError(`${problem}: ${(error as Error).message}`, { cause: error });
  }
}

async function openAccess(config: AuthConfig, services: AuthenticationServices): Promise<Authentication> {
  if (config.isOpen) return { access: createOpenAccess(), close() {} };
  const { openAuthentication } = await import("./authentication.ts");
  return await openAuthentication(config, services);
}

type Secrets = readonly [string, ...string[]];

async function settleSecrets(
  { http: { secrets }, storage }: Config,
  driver: StorageDriver,
  { log, runtime }: { readonly log: ProcessLog; readonly runtime: Runtime },
): Promise<Secrets> {
  const [first, ...others] = secrets;
  if (first !== undefined) return [first, ...others];
  const shared = storage.readOnly ? undefined : await settleSecret(driver, runtime);
  if (shared !== undefined) return [shared];
  log.warn({}, "http.secret is not set, so uploads end when this process does, and fail behind a load balancer");
  return [runtime.randomBytes(32).toString("hex")];
}

/** Load balancers need a moment to notice; somebody at a terminal does not want to wait for that. */
async function drain(server: RunningServer, reason: StopReason, { http }: Config, runtime: Runtime): Promise<void> {
  server.announceClose();
  if (reason === "terminate") await runtime.sleep(http.drainDelayMilliseconds);
  const { cutOff } = await server.close({ timeoutMilliseconds: http.drainTimeoutMilliseconds });
  if (cutOff === 0) return;
  const requests = cutOff === 1 ? "1 request was" : `${cutOff} requests were`;
  throw new ExplainedError(`${requests} cut off, because http.draintimeout was not long enough`);
}
