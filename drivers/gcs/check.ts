/** Whether the bucket can be worked with. An operator reads what this rejects with. */
import { isAbsent } from "./errors.ts";
import { sendForJson } from "./http.ts";
import { headObject } from "./read.ts";
import { objectsPath, type Store } from "./store.ts";

/** Both of the trees that a permission may be limited to. */
const TREES = ["docker/registry/v2/", "moorage/"];
/** Nothing is ever stored there. */
const ABSENT = "moorage/absent";

export type Check = (signal: AbortSignal | undefined) => Promise<void>;

/** Thorough until it has succeeded once: permissions that were there do not get lost every few seconds. */
export function createCheck(store: Store): Check {
  let passed = false;
  return async (signal) => {
    if (!passed) await Promise.all(TREES.map((tree) => canList(store, tree, signal)));
    passed = true;
    await lookForAbsent(store, signal);
  };
}

/** Whoever may not list is told 403, not 404, of what is not there. */
async function canList(store: Store, tree: string, signal: AbortSignal | undefined): Promise<void> {
  const query = { prefix: store.root + tree, maxResults: "1", fields: "items(name)" };
  await sendForJson(store.connection, { method: "GET", path: objectsPath(store), query }, signal);
}

async function lookForAbsent(store: Store, signal: AbortSignal | undefined): Promise<void> {
  try {
    await headObject(store, ABSENT, "check", signal);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}
