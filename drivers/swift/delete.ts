import { DriverError } from "../errors.ts";
import { atOnce } from "./at-once.ts";
import { dropSegments, takeApart } from "./large.ts";
import { nameOf } from "./names.ts";
import { findObject } from "./read.ts";
import { removeNames } from "./remove.ts";
import type { Store } from "./store.ts";

const LOOKS_AT_ONCE = 16;

export async function deleteObjects(
  store: Store,
  keys: readonly string[],
  operation: "delete" | "deleteMany",
  signal: AbortSignal | undefined,
): Promise<void> {
  const names = new Map(keys.map((key) => [key, nameOf(store.names, key, operation)]));
  const looked = await atOnce(LOOKS_AT_ONCE, [...names.keys()], async (key) => ({
    key,
    segments: await takeApart(store, key, operation, signal),
  }));
  // The objects first: a reader must not find one whose segments are gone.
  const absent = await removeNames(store, [...names.values()], signal);
  const there = looked.filter(({ segments }) => segments !== undefined);
  if (absent > looked.length - there.length) await assertGone(store, there, operation, signal);
  for (const { key, segments } of there) await dropSegments(store, key, segments);
}

/** Swift also says of an object that it is not there when it has not heard of the container in time. */
async function assertGone(
  store: Store,
  objects: readonly { readonly key: string }[],
  operation: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  await atOnce(LOOKS_AT_ONCE, objects, async ({ key }) => {
    if ((await findObject(store, key, operation, signal)) === undefined) return;
    throw new DriverError("unavailable", operation, { key, message: "the store did not find what is there" });
  });
}
