/** The storage driver that the configuration names, with what every driver gets around it. */
import type { DriverContext, StorageDriver } from "../drivers/contract.ts";
import { withConcurrency } from "../drivers/layers/concurrency.ts";
import { withMetrics } from "../drivers/layers/metrics.ts";
import { type RetryOptions, withRetry } from "../drivers/layers/retry.ts";
import { type TimeoutOptions, withTimeouts } from "../drivers/layers/timeout.ts";
import { isDriverName, isLocalDriver, openDriver } from "../drivers/open.ts";
import { withStorageMiddlewares } from "../drivers/redirects/apply.ts";
import type { Config } from "./config/config.ts";
import type { Metrics } from "./metrics.ts";
import type { Log, Runtime } from "./runtime.ts";

export interface StoreServices {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly runtime: Runtime;
  /** Opening changes nothing in the store. */
  readonly readOnly?: boolean | undefined;
}

/** Of all parameters, those that are not the driver's business alone. */
interface CommonParameters {
  readonly bucket?: string;
  readonly container?: string;
  readonly rootdirectory?: string;
  readonly maxthreads?: number;
  /** How the gcs driver names it. */
  readonly maxconcurrency?: number;
}

const SECONDS = 1000;

/** A store that asks for patience gets about ten seconds of it, well within what a client waits. */
const RETRY: RetryOptions = {
  attempts: 6,
  firstDelayMilliseconds: 100,
  longestDelayMilliseconds: 3 * SECONDS,
  patienceMilliseconds: 20 * SECONDS,
};

const TIMEOUTS: TimeoutOptions = {
  callMilliseconds: 30 * SECONDS,
  idleMilliseconds: 60 * SECONDS,
  // A link of 1 Mbit/s for each part.
  slowestBytesPerSecond: 125_000,
  operationMilliseconds: {
    put: 120 * SECONDS,
    "multipart.putPart": 120 * SECONDS,
    // The store moves the bytes of a whole blob.
    "multipart.complete": 900 * SECONDS,
    copy: 900 * SECONDS,
  },
};

export async function openStore(storage: Config["storage"], services: StoreServices): Promise<StorageDriver> {
  const { name, parameters } = storage.driver;
  const { log, metrics, runtime, readOnly } = services;
  if (!isDriverName(name)) throw new Error("there is no driver of that name");
  const context: DriverContext = { warn: (message, fields = {}) => log.warn(fields, message), readOnly };
  const { maxthreads, maxconcurrency, rootdirectory = "" } = parameters as CommonParameters;
  const mostAtOnce = maxthreads ?? maxconcurrency;
  const bare = await openDriver(name, parameters, context);
  const driver = await withStorageMiddlewares(bare, storage.middlewares, rootdirectory, context);
  const random = () => runtime.randomBytes(4).readUInt32BE() / 2 ** 32;
  const isLocal = isLocalDriver(name);
  const timed = isLocal ? driver : withTimeouts(driver, TIMEOUTS);
  // Inside of the retries: whoever waits for the next attempt holds no place.
  const bounded = mostAtOnce === undefined ? timed : withConcurrency(timed, mostAtOnce);
  const patient = isLocal ? bounded : withRetry(bounded, RETRY, { ...runtime, random });
  return withMetrics(patient, (action, _key, milliseconds, outcome) =>
    metrics.observeStorage({ driver: name, action, outcome, seconds: milliseconds / 1000 }),
  );
}

/** `filesystem ./data`, `s3 my-bucket /registry` */
export function describeStore({ name, parameters }: Config["storage"]["driver"]): string {
  const { bucket, container, rootdirectory } = parameters as CommonParameters;
  return [name, bucket ?? container, rootdirectory].filter(Boolean).join(" ");
}
