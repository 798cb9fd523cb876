/** `moorage serve`: puts the registry together and runs it. The only place that knows all the rooms. */

import type { StorageDriver } from "../drivers/contract.ts";
import { isDriverName, openDriver } from "../drivers/open.ts";
import { createAccessLog, createRequestLog } from "./access-log.ts";
import { createApp } from "./app.ts";
import { createOpenAccess } from "./auth/none.ts";
import type { Config } from "./config/config.ts";
import type { LoadedConfiguration } from "./config/load.ts";
import type { Remark } from "./config/mistakes.ts";
import { startDebugServer } from "./debug-server.ts";
import { ExplainedError } from "./explained-error.ts";
import { type Pieces, runLifecycle, type StopReason } from "./lifecycle.ts";
import { createLog, type LogOutput, type ProcessLog, standardError } from "./log.ts";
import { createMetrics } from "./metrics.ts";
import { createReadiness, type Readiness } from "./readiness.ts";
import { createRegistry } from "./registry/registry.ts";
import { settleSecret } from "./registry/secret.ts";
import { type Runtime, systemRuntime } from "./runtime.ts";
import { type RunningServer, startServer } from "./server.ts";
import { fingerprintOf, welcome } from "./welcome.ts";

interface Process {
  readonly config: Config;
  readonly log: ProcessLog;
  readonly output: LogOutput;
  readonly readiness: Readiness;
  readonly runtime: Runtime;
  readonly version: string;
}

/** Resolves to the exit code, once the process was told to stop. */
export async function serve({ config, remarks }: LoadedConfiguration, version: string): Promise<number> {
  const output = standardError();
  const log = await createLog(config.log, output);
  for (const remark of remarks) logRemark(remark, log);
  const readiness = createReadiness();
  return await runLifecycle({ log, readiness }, (pieces) =>
    startAll({ config, log, output, readiness, runtime: systemRuntime, version }, pieces),
  );
}

const logRemark = ({ level, name, place, message }: Remark, log: ProcessLog) =>
  log[level]({ setting: name, place }, `${name} ${message}`);

async function startAll({ config, log, output, readiness, runtime, version }: Process, pieces: Pieces): Promise<void> {
  const metrics = createMetrics();
  const driver = await pieces.add(
    "storage",
    () => openStorage(config, log),
    (opened) => opened.close(),
  );
  const registry = createRegistry(
    { driver, runtime, log },
    {
      readOnly: config.storage.readOnly,
      redirects: config.storage.redirects,
      references: {
        enabled: config.validation.enabled,
        urls: config.validation.urls,
        platforms: config.validation.indexPlatforms,
      },
      reaper: config.storage.uploadPurging,
    },
  );
  const { debug } = config;
  const debugServer =
    debug &&
    (await pieces.add(
      "debug server",
      () => startDebugServer({ readiness, metrics, runtime, checkStore: registry.check }, debug),
      (running) => running.close(),
    ));
  await pieces.add(
    "registry",
    () => explained(`cannot use the store ${storageName(config)}`, log, registry.start),
    () => registry.close(),
  );
  const secrets = await settleSecrets(config, driver, { log, runtime });
  const access = createOpenAccess();
  const handler = createApp(
    {
      registry,
      access,
      runtime,
      log,
      isReady: () => readiness.state === "ready",
      observers: [
        metrics.observeRequests,
        createRequestLog(log, { level: config.log.format === "json" ? "info" : "debug" }),
        ...(config.log.access ? [createAccessLog()] : []),
      ],
    },
    {
      locations: {
        externalUrl: config.http.host,
        prefix: config.http.prefix,
        relative: config.http.relativeLocations,
      },
      limits: {
        maxManifestBytes: config.manifests.maxBytes,
        maxCatalogEntries: config.catalog.maxEntries,
        maxTags: config.tags.maxTags,
      },
      secrets,
      uploadMaxAgeMilliseconds: config.storage.uploadPurging.ageMilliseconds,
      deleteEnabled: config.storage.deletes,
      readOnly: config.storage.readOnly,
      trustedProxies: config.http.trustedProxies,
      redirectExcept: [],
      headers: config.http.headers,
    },
  );
  const server = await pieces.add(
    "API server",
    () => startServer({ handler, log, runtime }, { setting: "http.addr", ...config.http }),
    (running, reason) => drain(running, reason, config, runtime),
  );
  welcome(
    {
      version,
      address: server.address,
      host: config.http.host,
      storage: storageName(config),
      access: access.description,
      secretFingerprint: config.http.secrets[0] && fingerprintOf(config.http.secrets[0]),
      debugAddress: debugServer?.address,
    },
    log,
    output,
    config.log.format,
  );
}

async function openStorage(config: Config, log: ProcessLog): Promise<StorageDriver> {
  const { name, parameters } = config.storage.driver;
  return await explained(`cannot open the store ${storageName(config)}`, log, async () => {
    if (!isDriverName(name)) throw new Error("there is no driver of that name");
    return await openDriver(name, parameters, { warn: (message, fields = {}) => log.warn(fields, message) });
  });
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

function storageName({ storage: { driver } }: Config): string {
  const { rootdirectory } = driver.parameters as { readonly rootdirectory?: string };
  return rootdirectory === undefined ? driver.name : `${driver.name} ${rootdirectory}`;
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
