/** The debug server of the process that has started the others, and speaks for them. */
import type { Config } from "./config/config.ts";
import { type DebugOptions, type RunningDebugServer, startDebugServer } from "./debug-server.ts";
import { createMetrics, metricsOfAll } from "./metrics.ts";
import type { Readiness } from "./readiness.ts";
import type { Redaction } from "./redaction.ts";
import type { Log, Runtime } from "./runtime.ts";
import { openStore } from "./store.ts";

interface Services {
  readonly log: Log;
  readonly redact: Redaction;
  readonly readiness: Readiness;
  readonly runtime: Runtime;
}

export async function startDebugServerOfAll(
  storage: Config["storage"],
  options: DebugOptions,
  { log, redact, readiness, runtime }: Services,
): Promise<RunningDebugServer> {
  const store = await openStore(storage, { log, metrics: createMetrics(), runtime });
  const services = { readiness, metrics: metricsOfAll(), runtime, redact, checkStore: () => store.check() };
  return await startDebugServer(services, options);
}
