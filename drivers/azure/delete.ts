import { attempt, hasCode } from "./errors.ts";
import { blobOf, callOptions, type Store } from "./store.ts";

/** Azure has batches of deletes, but not everywhere, and what they save is connections only. */
const AT_ONCE = 32;

export async function deleteObject(store: Store, key: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    await blobOf(store, key, "delete").delete(callOptions(signal));
  } catch (error) {
    if (!hasCode(error, "BlobNotFound")) throw error;
  }
}

export async function deleteObjects(
  store: Store,
  keys: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const key of keys) blobOf(store, key, "deleteMany");
  const remaining = new Set(keys).values();
  const worker = async () => {
    for (const key of remaining) {
      await attempt("deleteMany", key, signal, () => deleteObject(store, key, signal));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
