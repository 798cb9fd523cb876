/**
 * Many that ask the same at once, answered by a few reads. A caller joins only a read that starts after it has asked, so it
 * sees everything that was acknowledged before: one that joined a read already under way could miss a push of a moment ago.
 */
interface Batch<Value> {
  /** How many reads are under way. */
  running: number;
  /** Those who came while all were under way share the next. */
  next: Promise<Value> | undefined;
  startNext: (() => void) | undefined;
}

const READS_AT_ONCE = 4;

/**
 * `read` is called without the callers' signals: one that leaves must not take the answer from the others. It is told that it
 * left when the read is over: to listen for it costs more than most reads.
 */
export function coalesced<Value>(
  read: (key: string) => Promise<Value>,
): (key: string, options?: { readonly signal?: AbortSignal | undefined }) => Promise<Value> {
  /** Comes and goes with each read: why that is no `Map` says src/in-flight.ts. */
  const batches: Record<string, Batch<Value>> = Object.create(null);

  async function run(key: string, batch: Batch<Value>): Promise<Value> {
    batch.running++;
    try {
      return await read(key);
    } finally {
      batch.running--;
      const { startNext } = batch;
      batch.startNext = undefined;
      if (startNext) startNext();
      else if (batch.running === 0) delete batches[key];
    }
  }

  function share(key: string): Promise<Value> {
    batches[key] ??= { running: 0, next: undefined, startNext: undefined };
    const batch = batches[key];
    if (batch.running < READS_AT_ONCE) return run(key, batch);
    if (batch.next === undefined) {
      const turn = Promise.withResolvers<void>();
      batch.startNext = turn.resolve;
      batch.next = turn.promise.then(() => {
        batch.next = undefined;
        return run(key, batch);
      });
    }
    return batch.next;
  }

  return async (key, { signal } = {}) => {
    signal?.throwIfAborted();
    const value = await share(key);
    signal?.throwIfAborted();
    return value;
  };
}
