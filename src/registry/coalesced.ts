/**
 * Many that ask the same at once, answered by a few reads. A caller joins only a read that starts after it has asked, so it
 * sees everything that was acknowledged before: one that joined a read already under way could miss a push of a moment ago.
 */
interface Batch<Value> {
  /** How many reads are under way. */
  running: number;
  /** The read that has not started yet: whoever asks now shares it. */
  next: Promise<Value> | undefined;
  /** Set while it waits until one of those under way is over. */
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

  async function readNext(key: string, batch: Batch<Value>): Promise<Value> {
    await (batch.running < READS_AT_ONCE ? endOfTurn() : endOfOther(batch));
    batch.next = undefined;
    batch.running++;
    try {
      return await read(key);
    } finally {
      batch.running--;
      batch.startNext?.();
      if (batch.running === 0 && batch.next === undefined) delete batches[key];
    }
  }

  function share(key: string): Promise<Value> {
    batches[key] ??= { running: 0, next: undefined, startNext: undefined };
    const batch = batches[key];
    batch.next ??= readNext(key, batch);
    return batch.next;
  }

  return async (key, { signal } = {}) => {
    signal?.throwIfAborted();
    const value = await share(key);
    signal?.throwIfAborted();
    return value;
  };
}

/** When all requests that have arrived by now were looked at: those for the same tag ask once. */
const endOfTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const endOfOther = <Value>(batch: Batch<Value>): Promise<void> =>
  new Promise((resolve) => {
    batch.startNext = () => {
      batch.startNext = undefined;
      resolve();
    };
  });
