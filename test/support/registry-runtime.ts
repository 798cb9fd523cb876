import { randomBytes, randomUUID } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import type { Runtime } from "../../src/runtime.ts";

export interface ManualRuntime extends Runtime {
  /** Moves the clock, and lets those that sleep do their work: resolves when all of them sleep again, or have ended. */
  advance(milliseconds: number): Promise<void>;
}

interface Sleeper {
  readonly due: number;
  wake(): void;
}

/** Time passes only when a test says so. */
export function createManualRuntime(start = Date.UTC(2030, 0, 1)): ManualRuntime {
  let now = start;
  const sleepers = new Set<Sleeper>();
  return {
    now: () => now,
    monotonic: () => now - start,
    randomBytes,
    randomUUID,
    sleep: (milliseconds, { signal } = {}) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const leave = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const sleeper: Sleeper = {
          due: now + milliseconds,
          wake() {
            sleepers.delete(sleeper);
            signal?.removeEventListener("abort", leave);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", leave, { once: true });
      }),
    async advance(milliseconds) {
      now += milliseconds;
      const asleep = sleepers.size;
      for (const sleeper of [...sleepers]) if (sleeper.due <= now) sleeper.wake();
      const deadline = performance.now() + 10_000;
      while (sleepers.size < asleep) {
        if (performance.now() > deadline) throw new Error("somebody that was woken does not go back to sleep");
        await turn();
      }
    },
  };
}
