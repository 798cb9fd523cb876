/** How long the calls of a turn of the event loop may keep it, all together. Who comes when that is spent takes the thread pool. */

/** What may be there at once. */
export type Soon<T> = T | Promise<T>;

/** Beyond that a disk is slow at the moment: nobody tries again for a while. */
const STALL_MILLISECONDS = 5;
/**
 * As many times the stall, so that the slowest disk has the main thread for a tenth of the time. Where it was the processor that
 * others had, which looks the same from here, little is lost.
 */
const REST_RATIO = 10;
/** Of a turn's time, what is left to those who do not wait for it: also to the next call of one who did. */
const RESERVE = 0.25;
/** A process that was stopped for a day has not seen a disk that slow. */
const LONGEST_REST_MILLISECONDS = 600_000;

/** `milliseconds`: more, and a disk is slow, or somebody calls in a loop without a pause. */
export function createTurnBudget(milliseconds: number) {
  let left = milliseconds;
  let rests = false;
  const waiting: (() => void)[] = [];

  const isShort = () => left <= milliseconds * RESERVE;

  function refill(): void {
    if (!rests) left = milliseconds;
    grant();
  }

  /** One after the other: each has made its call before the next is let in. Nobody waits for a disk that is slow, the pool is for that. */
  function grant(): void {
    if (isShort() && !rests) return;
    const next = waiting.shift();
    if (next === undefined) return;
    next();
    queueMicrotask(() => process.nextTick(grant));
  }

  function rest(stallMilliseconds: number): void {
    rests = true;
    left = 0;
    setTimeout(
      () => {
        rests = false;
        refill();
      },
      Math.min(stallMilliseconds * REST_RATIO, LONGEST_REST_MILLISECONDS),
    ).unref();
  }

  /** Calls `now` while there is time, else `later`. */
  function atOnce<A extends unknown[], T>(
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
        if (spent >= STALL_MILLISECONDS) rest(spent);
      }
    };
  }

  return {
    atOnce,
    /**
     * For those who make many calls, which all together would have others wait: to be waited for before each. It comes right after
     * the time was given, so nobody else can have spent it.
     */
    turn: (): Soon<void> => (isShort() && !rests ? new Promise((resolve) => waiting.push(resolve)) : undefined),
  };
}
