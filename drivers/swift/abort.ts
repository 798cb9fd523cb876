import type { MultipartUpload } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { ageOfFlag, flagName, lowerFlag, raiseFlag } from "./flags.ts";
import { FLAGS, type GroupName, groupOf } from "./groups.ts";
import { listNames } from "./listing.ts";
import { readManifest } from "./manifests.ts";
import { nameOf } from "./names.ts";
import { removeNames } from "./remove.ts";
import type { Store } from "./store.ts";

const OPERATION = "multipart.abort";

/** A request that publishes an object does not live longer, also if nobody waits for its answer any more. */
const LONGEST_REQUEST = 10 * 60_000;

/** Deletes what is there of the upload, except what has been published. */
export async function abortUpload(
  store: Store,
  upload: MultipartUpload,
  signal: AbortSignal | undefined,
): Promise<void> {
  const group = groupOf(store.names, upload);
  if (group === undefined) return;
  const [open, found] = await Promise.all([ageOfFlag(store, group, "open", signal), listNames(store, group, signal)]);
  if (open === undefined && found.length === 0) return;

  await raiseFlag(store, group, "ending", signal);
  const published = await publishedNames(store, upload, group, signal);
  // Whoever adds a part from now on sees that it is too late, and takes it back.
  await lowerFlag(store, group, "open");
  const names = await listNames(store, group, signal);
  const parts = names.filter((name) => !isFlag(group, name) && !published.has(name));
  await removeNames(store, parts, signal);
  await removeNames(store, [flagName(group, "completing"), flagName(group, "ending")], signal);
}

async function publishedNames(
  store: Store,
  upload: MultipartUpload,
  group: GroupName,
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<string>> {
  // In this order: once the flag is down, the object is there.
  const completing = await ageOfFlag(store, group, "completing", signal);
  const names = await readManifest(store, nameOf(store.names, upload.key, OPERATION), signal);
  const published = new Set(names.filter((name) => name.startsWith(group)));
  if (published.size > 0 || completing === undefined || completing > LONGEST_REQUEST) return published;
  await lowerFlag(store, group, "ending");
  const message = "the upload is being completed, and may be published any moment";
  throw new DriverError("unavailable", OPERATION, { key: upload.key, message });
}

function isFlag(group: GroupName, name: string): boolean {
  return FLAGS.includes(name.slice(group.length));
}
