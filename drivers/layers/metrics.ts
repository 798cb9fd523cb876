/** Tells how long each call took and how it ended. What becomes of that is the observer's business. */
import type { StorageDriver } from "../contract.ts";
import { type DriverErrorKind, isDriverError } from "../errors.ts";
import { eachNext, type Operation, withLayer } from "./layer.ts";

/** `aborted`: by the caller. */
export type Outcome = "ok" | "aborted" | DriverErrorKind;

export type Observe = (operation: Operation, key: string | undefined, milliseconds: number, outcome: Outcome) => void;

/** A listing is observed once, when it ends, with the time that the store took and not its reader. */
export function withMetrics(
  driver: StorageDriver,
  observe: Observe,
  monotonic: () => number = () => performance.now(),
): StorageDriver {
  return withLayer(driver, {
    async call(call, proceed) {
      const begun = monotonic();
      let outcome: Outcome = "ok";
      try {
        return await proceed(call.signal);
      } catch (error) {
        outcome = outcomeOf(error, call.signal);
        throw error;
      } finally {
        observe(call.operation, call.key, monotonic() - begun, outcome);
      }
    },
    async *each(call, proceed) {
      let spent = 0;
      let outcome: Outcome = "ok";
      try {
        yield* eachNext(proceed(call.signal), async (next) => {
          const begun = monotonic();
          try {
            return await next();
          } catch (error) {
            outcome = outcomeOf(error, call.signal);
            throw error;
          } finally {
            spent += monotonic() - begun;
          }
        });
      } finally {
        observe(call.operation, call.key, spent, outcome);
      }
    },
  });
}

function outcomeOf(error: unknown, signal: AbortSignal | undefined): Outcome {
  if (isDriverError(error)) return error.kind;
  return signal?.aborted ? "aborted" : "unexpected";
}
