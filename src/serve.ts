/** `moorage serve`: one process that is the registry, or one that only starts and watches those that are. */

import cluster from "node:cluster";
import type { HostProcess } from "./assemble.ts";
import type { LoadedConfiguration } from "./config/load.ts";
import type { Remark } from "./config/mistakes.ts";
import { type Pieces, runLifecycle } from "./lifecycle.ts";
import { createLog, type ProcessLog, standardError } from "./log.ts";
import { createReadiness } from "./readiness.ts";
import { createRedaction } from "./redaction.ts";
import { systemRuntime } from "./runtime.ts";
import { type Welcome, welcome } from "./welcome.ts";
import { reportStarted, workerHost } from "./worker-messages.ts";
import { startWorkers } from "./workers.ts";

/** Resolves to the exit code, once the process was told to stop. */
export async function serve({ config, remarks }: LoadedConfiguration, version: string): Promise<number> {
  const output = standardError();
  const redact = createRedaction(config.secrets);
  const log = await createLog(config.log, output, redact);
  for (const remark of remarks) logRemark(remark, log);
  const readiness = createReadiness();
  const host: HostProcess = { config, log, output, redact, readiness, runtime: systemRuntime, version };
  if (cluster.isWorker) {
    return await runLifecycle({ log, readiness, host: workerHost() }, async (pieces) =>
      reportStarted(await startOneProcess(host, pieces)),
    );
  }
  return await runLifecycle({ log, readiness }, async (pieces) => {
    const start = config.http.workers > 1 ? startManyProcesses : startOneProcess;
    welcome(await start(host, pieces), log, output, config.log.format);
  });
}

async function startOneProcess(host: HostProcess, pieces: Pieces): Promise<Welcome> {
  // Loaded only now: whoever only watches others needs a third less memory, and starts them sooner.
  const { assemble } = await import("./assemble.ts");
  return await assemble(host, pieces);
}

/** This process answers no requests. It keeps the others going, and speaks for all of them on the debug server. */
async function startManyProcesses(
  { config, log, redact, readiness, runtime }: HostProcess,
  pieces: Pieces,
): Promise<Welcome> {
  const workers = await pieces.add(
    "workers",
    () => startWorkers(config.http.workers, { log, runtime }),
    (running, reason) => running.close(reason),
  );
  const debugServer = await pieces.add(
    "debug server",
    async () => {
      if (!config.debug) return undefined;
      const { startDebugServerOfAll } = await import("./debug-server-of-all.ts");
      return await startDebugServerOfAll(config.storage, config.debug, { log, redact, readiness, runtime });
    },
    (running) => running?.close(),
  );
  return { ...workers.facts, debugAddress: debugServer?.address };
}

const logRemark = ({ level, name, place, message }: Remark, log: ProcessLog) =>
  log[level]({ setting: name, place }, `${name} ${message}`);
