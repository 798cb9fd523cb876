/** Redis, as the place where replicas tell each other what they saw in the bucket. */
import { readFile } from "node:fs/promises";
import { Cluster, Redis, type RedisOptions } from "ioredis";
import type { Config } from "./config/config.ts";
import { isDigest } from "./oci/digest.ts";
import type { SharedPresence } from "./registry/presence.ts";
import type { Log, Runtime } from "./runtime.ts";

/** distribution keeps keys of its own there, and takes them for proofs. */
const PREFIX = "moorage:presence:";
const LONGEST_PAUSE = 5000;

export interface RunningRedis {
  readonly presence: SharedPresence;
  close(): Promise<void>;
}

type Settings = NonNullable<Config["redis"]>;

/** Does not wait for the connection: without it, everything works as it does without Redis. */
export async function startRedis(settings: Settings, log: Log): Promise<RunningRedis> {
  const options = await clientOptions(settings);
  const nodes = settings.addresses;
  const [first = { host: "localhost", port: 6379 }] = nodes;
  const isCluster = settings.masterName === undefined && nodes.length > 1;
  const { enableOfflineQueue, retryStrategy, ...ofEachNode } = options;
  const single: RedisOptions =
    settings.masterName === undefined ? { ...options, ...first } : sentinelOptions(settings, options);
  const client = isCluster
    ? new Cluster([...nodes], { redisOptions: ofEachNode, clusterRetryStrategy: retryStrategy, enableOfflineQueue })
    : new Redis({ ...single, replyMapping: "legacy" });

  let isAway = false;
  client.on("ready", () => {
    isAway = false;
    log.info({ addresses: nodes.length }, "Redis answers");
  });
  client.on("error", (error: Error) => {
    // What the client throws has the command that failed with it, the password included.
    const err = new Error(error.message);
    if (!isAway) log.warn({ err }, "Redis does not answer; the bucket is asked instead");
    isAway = true;
  });
  /** What went wrong has been said above, or is only late. */
  const quietly = <T>(work: Promise<T>): Promise<T | undefined> => work.catch(() => undefined);

  return {
    presence: {
      async find(name) {
        const target = await quietly(client.get(PREFIX + name));
        return isDigest(target) ? target : undefined;
      },
      saw: (name, target, ttl) => void quietly(client.set(PREFIX + name, target, "PX", ttl)),
      drop: (name) => void quietly(client.del(PREFIX + name)),
    },
    async close() {
      client.disconnect();
    },
  };
}

async function clientOptions(settings: Settings) {
  const { certificate, key, rootCas } = settings.tls ?? {};
  const read = (path: string | undefined) => (path === undefined ? undefined : readFile(path));
  const [cert, privateKey, ...ca] = await Promise.all([read(certificate), read(key), ...(rootCas ?? []).map(read)]);
  return {
    db: settings.database,
    ...(settings.username !== undefined && { username: settings.username }),
    ...(settings.password !== undefined && { password: settings.password }),
    connectTimeout: settings.dialTimeoutMilliseconds,
    commandTimeout: settings.readTimeoutMilliseconds,
    // Who would have to wait for Redis asks the bucket.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt: number) => Math.min(LONGEST_PAUSE, 100 * 2 ** attempt),
    ...(settings.tls && {
      tls: {
        ...(cert && { cert }),
        ...(privateKey && { key: privateKey }),
        ...(ca.length > 0 && { ca: ca.filter((file) => file !== undefined) }),
      },
    }),
  };
}

function sentinelOptions(
  { addresses, masterName, sentinel }: Settings,
  options: Awaited<ReturnType<typeof clientOptions>>,
): RedisOptions {
  return {
    ...options,
    sentinels: [...addresses],
    name: masterName ?? "",
    ...(sentinel.username !== undefined && { sentinelUsername: sentinel.username }),
    ...(sentinel.password !== undefined && { sentinelPassword: sentinel.password }),
  };
}

/** Rejects with why Redis cannot be used: at the first error, or after as long as a connection may take. */
export async function reachRedis(settings: Settings, runtime: Runtime): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const log: Log = {
    debug() {},
    info: () => resolve(),
    warn: ({ err }: { readonly err?: Error }) => reject(err ?? new Error("it does not answer")),
    error: (_fields, message) => reject(new Error(message)),
  };
  const late = new AbortController();
  const running = await startRedis(settings, log);
  runtime
    .sleep(settings.dialTimeoutMilliseconds, { signal: late.signal })
    .then(() => reject(new Error("it does not answer in time")))
    .catch(() => {}); // it was in time
  try {
    await promise;
  } finally {
    late.abort();
    await running.close();
  }
}
