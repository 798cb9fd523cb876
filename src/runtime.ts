/** What a process gets from outside besides the store: time and chance. Injected, so that tests decide both. */
import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

export interface Runtime {
  /** Milliseconds since 1970, by this machine's clock. */
  now(): number;
  /** Milliseconds on a clock that never jumps. */
  monotonic(): number;
  /** Resolves after that time; rejects with the signal's reason when it aborts. Does not keep the process alive. */
  sleep(milliseconds: number, options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
  randomBytes(count: number): Buffer;
  randomUUID(): string;
}

export const systemRuntime: Runtime = {
  now: Date.now,
  monotonic: () => performance.now(),
  async sleep(milliseconds, { signal } = {}) {
    try {
      await sleep(milliseconds, undefined, { signal, ref: false });
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    }
  },
  randomBytes,
  randomUUID,
};

/** A pino-shaped logger: fields first, then the sentence. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
