/** How long the calls of a turn of the event loop may keep it, all together. Who comes when that is spent takes the thread pool. */

/** What may be there at once. */
export type Soon<T> = T | Promise<T>;

/** Beyond that a disk is slow at the moment: nobody tries again for a while. */
const STALL_MILLISECONDS = 5;
const REST_MILLISECONDS = 1000;

/** `milliseconds`: more, and a disk is slow, or somebody calls in a loop without a pause. */
export function createTurnBudget(milliseconds: number) {
  let left = milliseconds;
  let rests = false;

  function refill(): void {
    if (!rests) left = milliseconds;
  }

  function rest(): void {
    rests = true;
    left = 0;
    setTimeout(() => {
      rests = false;
      refill();
    }, REST_MILLISECONDS).unref();
  }

  /** Calls `now` while there is time, else `later`. */
  return function atOnce<A extends unknown[], T>(
    now: (...args: A) => Soon<T>,
    later: (...args: A) => Soon<T>,
  ): (...args: A) => Soon<T> {
    return (...args) => {
      if (left <= 0) return later(...args);
      const isFirst = left === milliseconds;
      const begun = performance.now();
      try {
        return now(...args);
      } finally {
        const spent = performance.now() - begun;
        left -= spent;
        if (isFirst) setImmediate(refill);
        if (spent >= STALL_MILLISECONDS) rest();
      }
    };
  };
}
