import { setTimeout as sleep } from "node:timers/promises";
import { s3Error } from "./errors.ts";

const ATTEMPTS = 3;
const FIRST_DELAY_MILLISECONDS = 100;

/** For calls that the retry layer cannot repeat: it would have to repeat all that was done before them, too. */
export async function withPatience<T>(
  signal: AbortSignal | undefined,
  work: (attempt: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      if (attempt === ATTEMPTS || signal?.aborted || !s3Error("", undefined, error).retryable) throw error;
      await sleep(FIRST_DELAY_MILLISECONDS * 2 ** (attempt - 1) * (1 + Math.random()), undefined, { signal });
    }
  }
}
