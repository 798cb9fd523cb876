/** A registry over a store, served over HTTP on a port of its own. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import type { StorageDriver } from "../../drivers/contract.ts";
import { type AppOptions, createApp } from "../../src/app.ts";
import type { AccessController } from "../../src/auth/access-controller.ts";
import type { AuditSink } from "../../src/auth/audit.ts";
import { createOpenAccess } from "../../src/auth/none.ts";
import type { TokenService } from "../../src/auth/token-service.ts";
import { createRegistry, type Registry, type RegistryOptions } from "../../src/registry/registry.ts";
import { HttpClient } from "./registry-http.ts";
import { createManualRuntime, type ManualRuntime } from "./registry-runtime.ts";

export interface LogEntry {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly fields: { readonly err?: unknown };
  readonly message: string;
}

export interface WorldOptions {
  readonly app?: Partial<AppOptions> | undefined;
  readonly registry?: Partial<RegistryOptions> | undefined;
  readonly access?: AccessController | undefined;
  readonly audit?: AuditSink | undefined;
  readonly tokens?: TokenService | undefined;
  readonly runtime?: ManualRuntime | undefined;
  readonly isReady?: (() => boolean) | undefined;
}

export interface World {
  readonly driver: StorageDriver;
  readonly registry: Registry;
  readonly runtime: ManualRuntime;
  readonly http: HttpClient;
  readonly log: readonly LogEntry[];
  close(): Promise<void>;
}

/** Resolves when that many requests, whose clients went away, have come to their end, and what they left is cleaned up. */
export async function clientsGone({ log, registry }: Pick<World, "log" | "registry">, count: number): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (log.filter(({ message }) => message === "the client went away").length < count) {
    if (performance.now() > deadline) throw new Error(`${count} requests ought to have ended by now`);
    await turn();
  }
  await registry.settled();
}

/** What was logged with an error that somebody has to look at. */
export function failuresIn(log: readonly LogEntry[]): readonly LogEntry[] {
  return log.filter(({ level, fields }) => level === "error" || (level === "warn" && fields.err !== undefined));
}

export const HOUR = 3_600_000;
/** Milliseconds. As the real server, which is not the first to close. */
const KEEP_ALIVE = 620_000;

export const DEFAULT_REGISTRY: RegistryOptions = {
  readOnly: false,
  redirects: true,
  references: { enabled: true, urls: { allow: [], deny: [] }, platforms: "all" },
  reaper: { enabled: false, ageMilliseconds: 168 * HOUR, intervalMilliseconds: 24 * HOUR, dryRun: false },
};

export const DEFAULT_APP: AppOptions = {
  locations: { prefix: "/", relative: true },
  limits: { maxManifestBytes: 4 * 1024 * 1024, maxCatalogEntries: 1000, maxTags: 1000 },
  secrets: ["the test's secret"],
  uploadMaxAgeMilliseconds: 168 * HOUR,
  deleteEnabled: true,
  readOnly: false,
  trustedProxies: [],
  redirectExcept: [],
  headers: {},
};

export function openRegistry(
  driver: StorageDriver,
  { runtime = createManualRuntime(), registry }: Pick<WorldOptions, "runtime" | "registry"> = {},
): { readonly registry: Registry; readonly log: readonly LogEntry[] } {
  const { log, entries } = recordLog();
  return { registry: createRegistry({ driver, runtime, log }, { ...DEFAULT_REGISTRY, ...registry }), log: entries };
}

export async function openWorld(driver: StorageDriver, options: WorldOptions = {}): Promise<World> {
  const runtime = options.runtime ?? createManualRuntime();
  const { log, entries } = recordLog();
  const registry = createRegistry({ driver, runtime, log }, { ...DEFAULT_REGISTRY, ...options.registry });
  await registry.start();
  const app = createApp(
    {
      registry,
      access: options.access ?? createOpenAccess(),
      audit: options.audit,
      tokens: options.tokens,
      runtime,
      log,
      isReady: options.isReady ?? (() => true),
      observers: [],
    },
    { ...DEFAULT_APP, ...options.app },
  );
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE }, app);
  server.on("checkContinue", (request, response) => server.emit("request", request, response));
  const http = new HttpClient(await listen(server));
  return {
    driver,
    registry,
    runtime,
    http,
    log: entries,
    async close() {
      http.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await registry.close();
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

function recordLog() {
  const entries: LogEntry[] = [];
  const write = (level: LogEntry["level"]) => (fields: object, message: string) =>
    void entries.push({ level, fields, message });
  const log = {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    child: () => log,
  };
  return { log, entries };
}
