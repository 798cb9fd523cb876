/** The life of the process: start in order, run until told to stop, stop in reverse order. */
import { ExplainedError } from "./explained-error.ts";
import type { ProcessLog } from "./log.ts";
import type { ReadinessSwitch } from "./readiness.ts";

/** `interrupt`: somebody at a terminal, who waits. `terminate`: whoever started us, who may need time to notice. */
export type StopReason = "terminate" | "interrupt" | "failure";

export interface Pieces {
  /** Starts one more. `stop` is called with what `start` resolved to; when it rejects, the process ends with 1. */
  add<Piece>(
    name: string,
    start: () => Promise<Piece> | Piece,
    stop?: (piece: Piece, reason: StopReason) => Promise<void> | void,
  ): Promise<Piece>;
}

export interface LifecycleServices {
  readonly log: ProcessLog;
  readonly readiness: ReadinessSwitch;
  readonly host?: Pick<NodeJS.Process, "on" | "off" | "exit">;
}

interface RunningPiece {
  readonly name: string;
  readonly stop: (reason: StopReason) => Promise<void> | void;
}

const REASONS = { SIGTERM: "terminate", SIGINT: "interrupt" } as const;

/** Resolves to the exit code. */
export async function runLifecycle(
  { log, readiness, host = process }: LifecycleServices,
  start: (pieces: Pieces) => Promise<void>,
): Promise<number> {
  const running: RunningPiece[] = [];
  const stopping = Promise.withResolvers<StopReason>();
  let reason: StopReason | undefined;

  const onSignal = (signal: NodeJS.Signals) => {
    if (reason !== undefined) {
      log.warn({ signal }, "stopping at once");
      host.exit(1);
      return;
    }
    reason = REASONS[signal as keyof typeof REASONS];
    log.info({ signal }, "stopping; once more to stop at once");
    stopping.resolve(reason);
  };
  const onCrash = (err: unknown) => {
    log.fatal({ err }, "this should not happen: please report it");
    host.exit(1);
  };
  for (const signal of Object.keys(REASONS)) host.on(signal, onSignal);
  host.on("uncaughtException", onCrash);
  host.on("unhandledRejection", onCrash);

  const pieces: Pieces = {
    async add(name, begin, stop = () => {}) {
      const piece = await begin();
      running.push({ name, stop: (why) => stop(piece, why) });
      if (reason !== undefined) throw new ExplainedError("told to stop before everything had started");
      return piece;
    },
  };

  try {
    const outcome = await Promise.race([start(pieces).then(() => "started" as const), stopping.promise]);
    if (outcome === "started") readiness.set("ready");
    return await stopAll(running, await stopping.promise, { log, readiness });
  } catch (error) {
    if (error instanceof ExplainedError) log.fatal({}, error.message);
    else log.fatal({ err: error }, "cannot start");
    reason ??= "failure";
    await stopAll(running, "failure", { log, readiness });
    return 1;
  } finally {
    for (const signal of Object.keys(REASONS)) host.off(signal, onSignal);
    host.off("uncaughtException", onCrash);
    host.off("unhandledRejection", onCrash);
  }
}

async function stopAll(
  running: readonly RunningPiece[],
  reason: StopReason,
  { log, readiness }: Pick<LifecycleServices, "log" | "readiness">,
): Promise<number> {
  readiness.set("draining");
  let code = 0;
  for (const { name, stop } of running.toReversed()) {
    try {
      await stop(reason);
    } catch (error) {
      code = 1;
      if (error instanceof ExplainedError) log.error({}, error.message);
      else log.error({ err: error }, `the ${name} did not stop as it should`);
    }
  }
  if (code === 0 && reason !== "failure") log.info({}, "stopped");
  return code;
}
