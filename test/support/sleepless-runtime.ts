import { randomBytes, randomUUID } from "node:crypto";
import { systemRuntime } from "../../src/runtime.ts";
import type { ManualRuntime } from "./registry-runtime.ts";

export interface SleeplessRuntime extends ManualRuntime {
  pass(milliseconds: number): void;
}

/** Time passes when somebody sleeps, or when the test says so, and takes none. */
export function createSleeplessRuntime(start = Date.UTC(2030, 0, 1)): SleeplessRuntime {
  let now = start;
  return {
    now: () => now,
    monotonic: () => now - start,
    randomBytes,
    randomUUID,
    async sleep(milliseconds, options) {
      // What goes on until it is told to stop would go on without a pause.
      if (options?.signal) return await systemRuntime.sleep(milliseconds, options);
      now += milliseconds;
    },
    pass(milliseconds) {
      now += milliseconds;
    },
    async advance(milliseconds) {
      now += milliseconds;
    },
  };
}
