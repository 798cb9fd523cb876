import { atOnce } from "./at-once.ts";
import { dropSegments, takeApart } from "./large.ts";
import { nameOf } from "./names.ts";
import { removeNames } from "./remove.ts";
import type { Store } from "./store.ts";

const LOOKS_AT_ONCE = 16;

export async function deleteObjects(
  store: Store,
  keys: readonly string[],
  operation: "delete" | "deleteMany",
  signal: AbortSignal | undefined,
): Promise<void> {
  const objects = new Map(keys.map((key) => [key, nameOf(store.names, key, operation)]));
  const large = await atOnce(LOOKS_AT_ONCE, [...objects.keys()], async (key) => ({
    key,
    segments: await takeApart(store, key, operation, signal),
  }));
  // The objects first: a reader must not find one whose segments are gone.
  await removeNames(store, [...objects.values()], signal);
  for (const { key, segments } of large) if (segments.length > 0) await dropSegments(store, key, segments);
}
