/** The configuration that the rest of Moorage sees: complete, checked, in our own names. */
import type { StorageMiddleware } from "../../drivers/redirects/apply.ts";
import { type ListenAddress, parseTcpAddress } from "./address.ts";
import { type AuthConfig, toAuthConfig } from "./auth.ts";
import type { Evaluation } from "./evaluate.ts";
import type { Given } from "./given.ts";
import { type Findings, showValue } from "./mistakes.ts";
import { type RedisConfig, redisConfig } from "./redis.ts";
import type { Values } from "./settings/index.ts";
import { type TlsConfig, toTlsConfig } from "./tls.ts";

export interface Config {
  /** What the secret settings hold, so that it can be kept out of logs. */
  readonly secrets: readonly string[];
  readonly log: {
    readonly level: "error" | "warn" | "info" | "debug";
    readonly format: "text" | "json";
    readonly fields: Readonly<Record<string, unknown>>;
    readonly access: boolean;
  };
  readonly storage: {
    readonly driver: { readonly name: string; readonly parameters: unknown };
    readonly middlewares: readonly StorageMiddleware[];
    readonly deletes: boolean;
    readonly redirects: boolean;
    /** Clients there cannot reach the store. */
    readonly redirectExcept: readonly string[];
    readonly readOnly: boolean;
    readonly uploadPurging: {
      readonly enabled: boolean;
      readonly ageMilliseconds: number;
      readonly intervalMilliseconds: number;
      readonly dryRun: boolean;
    };
  };
  readonly http: {
    readonly address: ListenAddress;
    /** `undefined`: plain HTTP. */
    readonly tls: TlsConfig | undefined;
    /** The origin of absolute URLs. `undefined`: that of the request. */
    readonly host: string | undefined;
    /** Processes that answer requests. */
    readonly workers: number;
    /** `/` or `/path/`. */
    readonly prefix: string;
    /** The first signs, all verify. Empty: the registry makes one up. */
    readonly secrets: readonly string[];
    readonly relativeLocations: boolean;
    readonly headers: Readonly<Record<string, readonly string[]>>;
    /** For Express' `trust proxy`. Empty: no peer is believed. */
    readonly trustedProxies: readonly string[];
    /** Of each caller. `undefined`: none. */
    readonly rateLimit: { readonly requestsPerSecond: number; readonly burst: number } | undefined;
    readonly drainDelayMilliseconds: number;
    readonly drainTimeoutMilliseconds: number;
    /** 0: never. */
    readonly stallTimeoutMilliseconds: number;
    readonly keepAliveTimeoutMilliseconds: number;
  };
  readonly auth: AuthConfig;
  readonly debug: { readonly address: ListenAddress; readonly metricsPath: string | undefined } | undefined;
  /** Where replicas tell each other what they saw. */
  readonly redis: RedisConfig | undefined;
  readonly catalog: { readonly maxEntries: number };
  readonly tags: { readonly maxTags: number };
  readonly manifests: { readonly maxBytes: number };
  readonly uploads: { readonly maxMemoryBytes: number };
  readonly validation: {
    readonly enabled: boolean;
    /** A URL passes when it matches no `deny`, and an `allow` where there is one. */
    readonly urls: { readonly allow: readonly RegExp[]; readonly deny: readonly RegExp[] };
    readonly indexPlatforms: "all" | "none" | readonly Platform[];
  };
}

export interface Platform {
  readonly os: string;
  readonly architecture: string;
}

const NOWHERE = { name: "", parameters: {} };

export function toConfig(evaluation: Evaluation, findings: Findings): Config {
  const { values, driver, written } = evaluation;
  const platforms = values["validation.manifests.indexes.platforms"];
  return freeze({
    secrets: evaluation.secrets,
    log: {
      level: written.has("log.level") ? values["log.level"] : (values.loglevel ?? values["log.level"]),
      format: values["log.formatter"] === "text" ? "text" : "json",
      fields: values["log.fields"],
      access: !values["log.accesslog.disabled"],
    },
    storage: {
      driver: driver ?? NOWHERE,
      middlewares: values["middleware.storage"],
      deletes: values["storage.delete.enabled"],
      redirects: !values["storage.redirect.disable"],
      redirectExcept: values["storage.redirect.except"],
      readOnly: values["storage.maintenance.readonly.enabled"],
      uploadPurging: {
        enabled: values["storage.maintenance.uploadpurging.enabled"],
        ageMilliseconds: values["storage.maintenance.uploadpurging.age"],
        intervalMilliseconds: values["storage.maintenance.uploadpurging.interval"],
        dryRun: values["storage.maintenance.uploadpurging.dryrun"],
      },
    },
    http: {
      address: listenAddress(values["http.net"], values["http.addr"], written.get("http.addr"), findings),
      tls: toTlsConfig(values),
      host: values["http.host"],
      workers: values["http.workers"],
      prefix: values["http.prefix"],
      secrets: values["http.secret"],
      // A host of its own is only said in an absolute URL.
      relativeLocations: values["http.relativeurls"] && values["http.host"] === undefined,
      headers: values["http.headers"],
      trustedProxies: values["http.trustedproxies"],
      rateLimit: rateLimitOf(values),
      drainDelayMilliseconds: values["http.draindelay"],
      drainTimeoutMilliseconds: values["http.draintimeout"],
      stallTimeoutMilliseconds: values["http.stalltimeout"],
      keepAliveTimeoutMilliseconds: values["http.keepalivetimeout"],
    },
    auth: toAuthConfig(evaluation),
    debug: values["http.debug.addr"] && {
      address: values["http.debug.addr"],
      metricsPath: values["http.debug.prometheus.enabled"] ? values["http.debug.prometheus.path"] : undefined,
    },
    redis: redisConfig(values),
    catalog: { maxEntries: values["catalog.maxentries"] },
    tags: { maxTags: values["tags.maxtags"] },
    manifests: { maxBytes: values["manifests.maxbytes"] },
    uploads: { maxMemoryBytes: values["uploads.maxmemory"] },
    validation: {
      enabled: !values["validation.disabled"],
      urls: { allow: values["validation.manifests.urls.allow"], deny: values["validation.manifests.urls.deny"] },
      indexPlatforms: platforms === "list" ? values["validation.manifests.indexes.platformlist"] : platforms,
    },
  });
}

/** Whoever pulls an image asks for its layers all at once. */
const SECONDS_AT_ONCE = 10;

function rateLimitOf(values: Values): Config["http"]["rateLimit"] {
  const requestsPerSecond = values["http.ratelimit.requestspersecond"];
  if (requestsPerSecond === 0) return undefined;
  return { requestsPerSecond, burst: values["http.ratelimit.burst"] ?? requestsPerSecond * SECONDS_AT_ONCE };
}

function listenAddress(net: "tcp" | "unix", text: string, given: Given | undefined, findings: Findings): ListenAddress {
  if (net === "unix") return { kind: "unix", path: text };
  try {
    return parseTcpAddress(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const source = given?.source ?? { name: "http.addr", place: "not set" };
    findings.mistakes.push({ ...source, value: showValue(text), message: error.message });
    return { kind: "tcp", host: undefined, port: 0 };
  }
}

function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || value instanceof RegExp) return value;
  for (const child of Object.values(value)) freeze(child);
  return Object.freeze(value);
}
