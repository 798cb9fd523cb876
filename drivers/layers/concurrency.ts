/** At most so many calls at once; the others wait their turn. */
import type { StorageDriver } from "../contract.ts";
import { eachNext, withLayer } from "./layer.ts";

/**
 * A slot is held until the store has answered. Bodies and open parts hold none: they move at the speed of a client, and
 * slow clients must not keep others from the store.
 */
export function withConcurrency(driver: StorageDriver, limit: number): StorageDriver {
  const slots = createSlots(limit);
  return withLayer(driver, {
    call: ({ signal }, proceed) => slots.hold(signal, () => proceed(signal)),
    each: ({ signal }, proceed) => eachNext(proceed(signal), (next) => slots.hold(signal, next)),
  });
}

export interface Slots {
  hold<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T>;
}

export function createSlots(limit: number): Slots {
  let free = limit;
  const waiting = new Set<() => void>();

  const turnOf = (signal: AbortSignal | undefined) =>
    new Promise<void>((resolve, reject) => {
      const admit = () => {
        signal?.removeEventListener("abort", giveUp);
        resolve();
      };
      const giveUp = () => {
        waiting.delete(admit);
        reject(signal?.reason);
      };
      waiting.add(admit);
      signal?.addEventListener("abort", giveUp, { once: true });
    });

  /** Handed on, so that nobody who comes now is faster than who waits. */
  const leave = () => {
    const [next] = waiting;
    if (!next) {
      free += 1;
      return;
    }
    waiting.delete(next);
    next();
  };

  return {
    async hold(signal, work) {
      signal?.throwIfAborted();
      if (free > 0) free -= 1;
      else await turnOf(signal);
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}
