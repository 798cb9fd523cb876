/** Lets a few do expensive work at a time, and a few more wait. */

export interface Gate {
  /** `undefined`, at once, when too many wait already. */
  pass<T>(work: () => Promise<T>): Promise<{ readonly done: T } | undefined>;
}

export function createGate({ atOnce, waiting }: { readonly atOnce: number; readonly waiting: number }): Gate {
  const queue: (() => void)[] = [];
  let busy = 0;

  async function enter(): Promise<boolean> {
    if (busy < atOnce) {
      busy += 1;
      return true;
    }
    if (queue.length >= waiting) return false;
    // Whoever leaves hands its place over, so that nobody can slip in between.
    await new Promise<void>((resolve) => queue.push(resolve));
    return true;
  }

  function leave(): void {
    const next = queue.shift();
    if (next) next();
    else busy -= 1;
  }

  return {
    async pass(work) {
      if (!(await enter())) return undefined;
      try {
        return { done: await work() };
      } finally {
        leave();
      }
    },
  };
}
