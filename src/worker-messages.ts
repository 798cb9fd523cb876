/** What the processes of one port say to each other. */
import cluster from "node:cluster";
import { EventEmitter } from "node:events";
import type { LifecycleServices } from "./lifecycle.ts";
import type { Welcome } from "./welcome.ts";

export interface Started {
  readonly kind: "started";
  readonly facts: Welcome;
}

interface Stop {
  readonly kind: "stop";
  readonly signal: "SIGTERM" | "SIGINT";
}

export const stopMessage = (signal: Stop["signal"]): Stop => ({ kind: "stop", signal });

export const isStarted = (message: unknown): message is Started => kindOf(message) === "started";
const isStop = (message: unknown): message is Stop => kindOf(message) === "stop";

function kindOf(message: unknown): unknown {
  return typeof message === "object" && message !== null && "kind" in message ? message.kind : undefined;
}

/** To the process that started this one. */
export function reportStarted(facts: Welcome): void {
  process.send?.({ kind: "started", facts } satisfies Started);
}

/**
 * A worker's process, for its lifecycle: told to stop by the one that started it. A terminal sends its signals to all of
 * them, which would look like somebody who loses patience.
 */
export function workerHost(): NonNullable<LifecycleServices["host"]> {
  const signals = new EventEmitter();
  const isSignal = (event: string | symbol) => event === "SIGTERM" || event === "SIGINT";
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => {});
  process.on("message", (message: unknown) => {
    if (isStop(message)) signals.emit(message.signal, message.signal);
  });
  // Nobody is left who could say that it is time to stop.
  process.on("disconnect", () => {
    if (!cluster.worker?.exitedAfterDisconnect) signals.emit("SIGTERM", "SIGTERM");
  });

  const host = {
    on(event: string | symbol, listener: (...args: never[]) => void) {
      if (isSignal(event)) signals.on(event, listener as () => void);
      else process.on(event, listener as () => void);
      return process;
    },
    off(event: string | symbol, listener: (...args: never[]) => void) {
      if (isSignal(event)) signals.off(event, listener as () => void);
      else process.off(event, listener as () => void);
      return process;
    },
    exit: (code?: number) => process.exit(code),
  };
  return host as unknown as NonNullable<LifecycleServices["host"]>;
}
