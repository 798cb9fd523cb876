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
}

export interface RetryTools {
  sleep(milliseconds: number, options: { readonly signal: AbortSignal | undefined }): Promise<void>;
  /** From 0 to 1. */
  random(): number;
}

/**
 * A `create` whose answer was lost may have won, and its second attempt would report that it lost. A `complete` whose
 * answer was lost may have ended the upload. An open part has a caller who holds its bytes no longer.
 */
const ONLY_ONCE: ReadonlySet<Operation> = new Set(["conditional.create", "multipart.complete", "multipart.openPart"]);

export function withRetry(driver: StorageDriver, options: RetryOptions, tools: RetryTools): StorageDriver {
  const pauseOrThrow = async (error: unknown, attempt: number, signal: AbortSignal | undefined) => {
    if (attempt >= options.attempts || !isDriverError(error) || !error.retryable) throw error;
    const most = Math.min(options.longestDelayMilliseconds, options.firstDelayMilliseconds * 2 ** (attempt - 1));
    try {
      await tools.sleep(tools.random() * most, { signal });
    } finally {
      signal?.throwIfAborted();
    }
  };

  return withLayer(driver, {
    async call({ operation, signal }, proceed) {
      if (ONLY_ONCE.has(operation)) return await proceed(signal);
      for (let attempt = 1; ; attempt++) {
        try {
          return await proceed(signal);
        } catch (error) {
          await pauseOrThrow(error, attempt, signal);
        }
      }
    },
    async *each({ operation, signal }, proceed) {
      let last: string | undefined;
      for (let attempt = 1; ; attempt++) {
        try {
          for await (const entry of proceed(signal, last)) {
            attempt = 1;
            last = entry.key;
            yield entry;
          }
          return;
        } catch (error) {
          if (last !== undefined && operation !== "list") throw error;
          await pauseOrThrow(error, attempt, signal);
        }
      }
    },
  });
}
