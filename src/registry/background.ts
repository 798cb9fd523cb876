/** Work that nobody waits for: removing leftovers. What fails here is garbage that the upload reaper finds later. */
import type { Log } from "../runtime.ts";

export interface Background {
  run(what: string, work: () => Promise<unknown>): void;
  /** Resolves when nothing is running any more. */
  settled(): Promise<void>;
}

export function createBackground(log: Log): Background {
  const running = new Set<Promise<void>>();
  return {
    run(what, work) {
      const done = work()
        .then(
          () => {},
          (error: unknown) => log.warn({ err: error }, `${what} failed; it will be tried again later`),
        )
        .finally(() => running.delete(done));
      running.add(done);
    },
    async settled() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
