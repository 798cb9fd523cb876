import { forEachAtOnce } from "../at-once.ts";
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
  await forEachAtOnce(new Set(keys), AT_ONCE, (key) =>
    attempt("deleteMany", key, signal, () => deleteObject(store, key, signal)),
  );
}
