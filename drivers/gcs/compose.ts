/** Cloud Storage makes one object of up to 32. Of more than that, groups are made first, and then groups of groups. */

import { forEachAtOnce } from "../at-once.ts";
import type { WrittenObject } from "../contract.ts";
import { jsonBody, sendForJson } from "./http.ts";
import { type Resource, sizeIn } from "./info.ts";
import { CONTENT_TYPE, objectName, objectPath, type Store } from "./store.ts";

export interface Composition {
  /** Keys, in their order. */
  readonly pieces: readonly string[];
  readonly key: string;
  /** A new key for an intermediate object, which stays there. */
  newKey(): string;
}

const OPERATION = "multipart.complete";
const AT_ONCE = 16;

export async function composeAll(
  store: Store,
  { pieces, key, newKey }: Composition,
  signal: AbortSignal | undefined,
): Promise<WrittenObject> {
  let level = pieces;
  while (level.length > store.limits.compose) {
    const groups = groupsOf(level, store.limits.compose);
    const composed = groups.map(newKey);
    await forEachAtOnce(groups.entries(), AT_ONCE, ([index, group]) =>
      compose(store, group, composed[index] as string, signal),
    );
    level = composed;
  }
  return await compose(store, level, key, signal);
}

function groupsOf(pieces: readonly string[], size: number): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(pieces.length / size) }, (_, index) =>
    pieces.slice(index * size, (index + 1) * size),
  );
}

async function compose(
  store: Store,
  pieces: readonly string[],
  key: string,
  signal: AbortSignal | undefined,
): Promise<WrittenObject> {
  const sourceObjects = pieces.map((piece) => ({ name: objectName(store, piece, OPERATION) }));
  const call = {
    method: "POST",
    path: `${objectPath(store, key, OPERATION)}/compose`,
    query: { fields: "size" },
    body: jsonBody({ kind: "storage#composeRequest", sourceObjects, destination: { contentType: CONTENT_TYPE } }),
  } as const;
  return sizeIn(OPERATION, key, await sendForJson<Resource>(store.connection, call, signal));
}
