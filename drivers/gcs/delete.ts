import { forEachAtOnce } from "../at-once.ts";
import { attempt, isAbsent } from "./errors.ts";
import { send } from "./http.ts";
import { objectPath, type Store } from "./store.ts";

const AT_ONCE = 32;

export async function deleteObject(
  store: Store,
  key: string,
  operation: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const call = { method: "DELETE", path: objectPath(store, key, operation) } as const;
  try {
    (await send(store.connection, call, signal)).resume();
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

export async function deleteObjects(
  store: Store,
  keys: Iterable<string>,
  operation: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const distinct = new Set(keys);
  for (const key of distinct) objectPath(store, key, operation);
  await forEachAtOnce(distinct, AT_ONCE, (key) =>
    attempt(operation, key, signal, () => deleteObject(store, key, operation, signal)),
  );
}
