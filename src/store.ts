/** The storage driver that the configuration names, with what every driver gets around it. */
import type { StorageDriver } from "../drivers/contract.ts";
import { withConcurrency } from "../drivers/layers/concurrency.ts";
import { withMetrics } from "../drivers/layers/metrics.ts";
import { isDriverName, openDriver } from "../drivers/open.ts";
import type { Config } from "./config/config.ts";
import type { Metrics } from "./metrics.ts";
import type { Log } from "./runtime.ts";

export interface StoreServices {
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Of all parameters, the two that are not the driver's business alone. */
interface CommonParameters {
  readonly rootdirectory?: string;
  readonly maxthreads?: number;
}

export async function openStore({ name, parameters }: Config["storage"]["driver"], services: StoreServices) {
  const { log, metrics } = services;
  if (!isDriverName(name)) throw new Error("there is no driver of that name");
  const driver = await openDriver(name, parameters, { warn: (message, fields = {}) => log.warn(fields, message) });
  const { maxthreads } = parameters as CommonParameters;
  // Metrics outside: what a call waits for its turn is part of what the store costs.
  return withMetrics(
    maxthreads === undefined ? driver : withConcurrency(driver, maxthreads),
    (action, _key, milliseconds, outcome) =>
      metrics.observeStorage({ driver: name, action, outcome, seconds: milliseconds / 1000 }),
  ) satisfies StorageDriver;
}

/** `filesystem ./data` */
export function describeStore({ name, parameters }: Config["storage"]["driver"]): string {
  const { rootdirectory } = parameters as CommonParameters;
  return rootdirectory === undefined ? name : `${name} ${rootdirectory}`;
}
