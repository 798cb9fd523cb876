/** Work that is begun when there is room for it, so that a walk goes no further ahead than that. */

export interface Pool {
  /** Resolves when the work has begun. Rejects with what an earlier one failed with. */
  begin(work: () => Promise<void>): Promise<void>;
  /** Resolves when all of it has ended. Rejects as `begin`. */
  idle(): Promise<void>;
}

export function createPool(atOnce: number): Pool {
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;

  function assertFine(): void {
    if (failure) throw failure.error;
  }

  return {
    async begin(work) {
      while (running.size >= atOnce) await Promise.race(running);
      assertFine();
      const task = work()
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => running.delete(task));
      running.add(task);
    },
    async idle() {
      await Promise.all(running);
      assertFine();
    },
  };
}
