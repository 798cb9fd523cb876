/**
 * Several processes behind one port, to use the cores of one machine. They share what replicas share, the store and the secret,
 * and nothing else. This is the process that starts them, replaces those that die, and passes on that it is time to stop.
 */
import cluster, { type Worker } from "node:cluster";
import { ExplainedError } from "./explained-error.ts";
import type { StopReason } from "./lifecycle.ts";
import type { ProcessLog } from "./log.ts";
import type { Runtime } from "./runtime.ts";
import { isStarted, type Started, stopMessage } from "./worker-messages.ts";

export interface Workers {
  /** What the first to start said of itself. */
  readonly facts: Started["facts"];
  /** Resolves when the last one is gone. Rejects if one of them had to cut off requests. */
  close(reason: StopReason): Promise<void>;
}

const RESTART_DELAY = 1000;

export async function startWorkers(
  count: number,
  { log, runtime }: { readonly log: ProcessLog; readonly runtime: Runtime },
): Promise<Workers> {
  let isClosing = false;

  function replaceWhenDead(worker: Worker): void {
    worker.once("exit", async (code, signal) => {
      if (isClosing) return;
      log.error({ pid: worker.process.pid, code, signal }, "a worker has ended; starting another");
      await runtime.sleep(RESTART_DELAY);
      if (!isClosing) replaceWhenDead(cluster.fork());
    });
  }

  const forked = Array.from({ length: count }, () => cluster.fork());
  try {
    const [first] = await Promise.all(forked.map(started));
    if (first === undefined) throw new ExplainedError("http.workers is 0");
    for (const worker of forked) {
      log.info({ pid: worker.process.pid }, "a worker answers requests");
      replaceWhenDead(worker);
    }
    return {
      facts: first.facts,
      async close(reason) {
        isClosing = true;
        const codes = await Promise.all(liveWorkers().map((worker) => stop(worker, reason)));
        const failed = codes.filter((code) => code !== 0).length;
        if (failed > 0) throw new ExplainedError(`${failed} of ${count} workers did not stop as they should`);
      },
    };
  } catch (error) {
    await Promise.all(liveWorkers().map((worker) => stop(worker, "failure")));
    throw error;
  }
}

const liveWorkers = (): Worker[] => Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);

/** Resolves to what a worker says when it takes requests. What went wrong, it has said in the log itself. */
function started(worker: Worker): Promise<Started> {
  return new Promise((resolve, reject) => {
    worker.on("message", (message: unknown) => {
      if (isStarted(message)) resolve(message);
    });
    worker.once("exit", (code) => reject(new ExplainedError(`a worker could not start, and ended with ${code}`)));
  });
}

function stop(worker: Worker, reason: StopReason): Promise<number> {
  return new Promise((resolve) => {
    if (worker.isDead()) return resolve(worker.process.exitCode ?? 0);
    worker.once("exit", (code: number | null) => resolve(code ?? 1));
    worker.send(stopMessage(reason === "interrupt" ? "SIGINT" : "SIGTERM"));
  });
}
