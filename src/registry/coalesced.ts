/**
 * Many that ask the same at once, answered by a few reads. A caller joins only a read that starts after it has asked, so it
 * sees everything that was acknowledged before: one that joined a read already under way could miss a push of a moment ago.
 */
interface Batch<Value> {
  /** How many reads are under way. */
  running: number;
  /** Those who came while all were under way share the next. */
  next: Promise<Value> | undefined;
}

const READS_AT_ONCE = 4;

/** `read` is called without the callers' signals: one that leaves must not take the answer from the others. */
export function coalesced<Value>(
  read: (key: string) => Promise<Value>,
): (key: string, options?: { readonly signal?: AbortSignal | undefined }) => Promise<Value> {
  const batches = new Map<string, Batch<Value>>();
  const waiting = new Map<string, () => void>();

  async function run(key: string, batch: Batch<Value>): Promise<Value> {
    batch.running++;
    try {
      return await read(key);
    } finally {
      batch.running--;
      const startNext = waiting.get(key);
      waiting.delete(key);
      if (startNext) startNext();
      else if (batch.running === 0) batches.delete(key);
    }
  }

  function share(key: string): Promise<Value> {
    const batch = batches.get(key) ?? { running: 0, next: undefined };
    batches.set(key, batch);
    if (batch.running < READS_AT_ONCE) return run(key, batch);
    batch.next ??= new Promise<void>((resolve) => waiting.set(key, resolve)).then(() => {
      batch.next = undefined;
      return run(key, batch);
    });
    return batch.next;
  }

  return (key, { signal } = {}) => unlessAborted(share(key), signal);
}

function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}
