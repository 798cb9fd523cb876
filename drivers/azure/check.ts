/** Whether the container can be worked with. An operator reads what this rejects with. */
import { hasCode } from "./errors.ts";
import { blobOf, callOptions, type Place } from "./store.ts";

/** Both of the trees that a role may be limited to. */
const TREES = ["docker/registry/v2/", "moorage/"];
/** Nothing is ever stored there. */
const ABSENT = "moorage/absent";

export type Check = (signal: AbortSignal | undefined) => Promise<void>;

/** Thorough until it has succeeded once: permissions that were there do not get lost every few seconds. */
export function createCheck(place: Place): Check {
  let passed = false;
  return async (signal) => {
    if (!passed) await Promise.all(TREES.map((tree) => canList(place, tree, signal)));
    passed = true;
    await lookForAbsent(place, signal);
  };
}

async function canList({ container, root }: Place, tree: string, signal: AbortSignal | undefined): Promise<void> {
  const listing = container.listBlobsFlat({ prefix: root + tree, ...callOptions(signal) });
  await listing.byPage({ maxPageSize: 1 }).next();
}

/** Azure answers 404 with another code where the container is missing. */
async function lookForAbsent(place: Place, signal: AbortSignal | undefined): Promise<void> {
  try {
    await blobOf(place, ABSENT, "check").getProperties(callOptions(signal));
  } catch (error) {
    if (!hasCode(error, "BlobNotFound")) throw error;
  }
}
