import { setTimeout as sleep } from "node:timers/promises";
import type { DriverError } from "./errors.ts";

export interface Patience {
  readonly signal: AbortSignal | undefined;
  readonly explain: (error: unknown) => DriverError;
}

const ATTEMPTS = 5;
const FIRST_DELAY_MILLISECONDS = 200;

/** For what the retry layer does not repeat, and the driver knows that it can be. */
export async function withPatience<T>({ signal, explain }: Patience, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === ATTEMPTS || signal?.aborted || !explain(error).retryable) throw error;
    }
    const delay = FIRST_DELAY_MILLISECONDS * 2 ** (attempt - 1) * (0.5 + Math.random());
    await sleep(delay, undefined, signal ? { signal } : {});
  }
}
