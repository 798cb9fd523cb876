import { DriverError } from "../errors.ts";
import type { Call } from "./layer.ts";

/** Calls back after that time, unless it is cancelled. */
export type Timer = (milliseconds: number, onTime: () => void) => () => void;

export const startTimer: Timer = (milliseconds, onTime) => {
  const timeout = setTimeout(onTime, milliseconds);
  return () => clearTimeout(timeout);
};

export interface Deadline {
  readonly operation: string;
  readonly key: string | undefined;
  readonly milliseconds: number;
  readonly timer: Timer;
  /** Aborted when the time is up, and when the caller aborts. */
  readonly controller: AbortController;
}

/**
 * Settles in time, whatever `proceed` does. An answer that comes later is released. A caller's abort is passed on, and
 * then waited for, since what was begun must be cleaned up: the deadline holds for that, too.
 */
export async function within<T>(
  deadline: Deadline,
  { signal, release }: Pick<Call<T>, "signal" | "release">,
  proceed: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const { controller, timer, milliseconds } = deadline;
  const late = Promise.withResolvers<never>();
  let waiting = true;
  const onAbort = () => controller.abort(signal?.reason);
  const cancel = timer(milliseconds, () => {
    const error = timedOut(deadline);
    waiting = false;
    late.reject(error);
    controller.abort(error);
  });
  signal?.addEventListener("abort", onAbort);
  try {
    const answer = proceed(controller.signal).then((value) => {
      // Nobody is left to tell whether that went well.
      if (!waiting) release?.(value).catch(() => {});
      return value;
    });
    return await Promise.race([answer, late.promise]);
  } finally {
    cancel();
    signal?.removeEventListener("abort", onAbort);
  }
}

export function timedOut({ operation, key, milliseconds }: Deadline): DriverError {
  const message = `no answer within ${milliseconds} ms`;
  return new DriverError("unavailable", operation, { key, message, cause: new DOMException(message, "TimeoutError") });
}
