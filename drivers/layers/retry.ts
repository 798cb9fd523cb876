/** Makes calls again that failed for a reason that may pass. */
import type { StorageDriver } from "../contract.ts";
import { isDriverError } from "../errors.ts";
import { type Operation, withLayer } from "./layer.ts";

export interface RetryOptions {
  /** Calls in all, the first one included. */
  readonly attempts: number;
  /** The longest wait before the second attempt. It doubles with each further one. */
  readonly firstDelayMilliseconds: number;
  readonly longestDelayMilliseconds: number;
  /** Nothing is tried again that long after it began: the attempts may have taken long themselves, and somebody waits. */
  readonly patienceMilliseconds: number;
}

export interface RetryTools {
  sleep(milliseconds: number, options: { readonly signal: AbortSignal | undefined }): Promise<void>;
  /** From 0 to 1. */
  random(): number;
  /** Milliseconds. */
  monotonic(): number;
}

/**
 * A `create` whose answer was lost may have won, and its second attempt would report that it lost. A `complete` whose
 * answer was lost may have ended the upload. An open part has a caller who holds its bytes no longer. Only where the store
 * says that it was too busy to begin, nothing has happened.
 */
const ONLY_ONCE: ReadonlySet<Operation> = new Set(["conditional.create", "multipart.complete", "multipart.openPart"]);

export function withRetry(driver: StorageDriver, options: RetryOptions, tools: RetryTools): StorageDriver {
  /** For what is to be tried again as long as the patience lasts. */
  const startPatience = (operation: Operation, signal: AbortSignal | undefined) => {
    const deadline = tools.monotonic() + options.patienceMilliseconds;
    return async (error: unknown, attempt: number) => {
      const mayPass = isDriverError(error) && error.retryable;
      const mayHaveHappened = ONLY_ONCE.has(operation) && !isDriverError(error, "throttled");
      const isOver = attempt >= options.attempts || tools.monotonic() >= deadline;
      if (!mayPass || mayHaveHappened || isOver) throw error;
      await pause(attempt, signal);
    };
  };

  const pause = async (attempt: number, signal: AbortSignal | undefined) => {
    const most = Math.min(options.longestDelayMilliseconds, options.firstDelayMilliseconds * 2 ** (attempt - 1));
    try {
      await tools.sleep(tools.random() * most, { signal });
    } finally {
      signal?.throwIfAborted();
    }
  };

  return withLayer(driver, {
    async call({ operation, signal }, proceed) {
      const pauseOrThrow = startPatience(operation, signal);
      for (let attempt = 1; ; attempt++) {
        try {
          return await proceed(signal);
        } catch (error) {
          await pauseOrThrow(error, attempt);
        }
      }
    },
    async *each({ operation, signal }, proceed) {
      let pauseOrThrow = startPatience(operation, signal);
      let last: string | undefined;
      for (let attempt = 1; ; attempt++) {
        try {
          for await (const entry of proceed(signal, last)) {
            attempt = 1;
            last = entry.key;
            yield entry;
            pauseOrThrow = startPatience(operation, signal);
          }
          return;
        } catch (error) {
          if (last !== undefined && operation !== "list") throw error;
          await pauseOrThrow(error, attempt);
        }
      }
    },
  });
}
