/** What belongs to an object besides its name: the segments that go when it is replaced or deleted. */
import type { MultipartUpload } from "../contract.ts";
import { atOnce } from "./at-once.ts";
import { flagName, raiseFlag } from "./flags.ts";
import { parseGroupName } from "./groups.ts";
import { header } from "./http.ts";
import { listNames } from "./listing.ts";
import { readManifest } from "./manifests.ts";
import { nameOf } from "./names.ts";
import { findObject } from "./read.ts";
import { removeNames } from "./remove.ts";
import type { Store } from "./store.ts";

/**
 * distribution moves a large object by writing a second manifest for the same segments. If it stops before it removes the
 * first, one under this directory, the segments are those of a blob.
 */
const MAY_BE_MOVED = /(^|\/)_uploads\//;

const FLAGS_AT_ONCE = 8;

/**
 * To be called before the object is replaced or deleted. From then on the segments are marked, and can be found should
 * this process end before `dropSegments`. `except`: the upload that is about to take the place. `undefined`: there is no object.
 */
export async function takeApart(
  store: Store,
  key: string,
  operation: string,
  signal: AbortSignal | undefined,
  except?: MultipartUpload | undefined,
): Promise<readonly string[] | undefined> {
  const found = await findObject(store, key, operation, signal);
  if (!found) return undefined;
  if (header(found.answer, "x-static-large-object") !== undefined) {
    return await takeStaticApart(store, key, signal, except);
  }
  const dynamic = header(found.answer, "x-object-manifest");
  return dynamic === undefined ? [] : await dynamicSegments(store, key, decodeURIComponent(dynamic), signal);
}

async function takeStaticApart(
  store: Store,
  key: string,
  signal: AbortSignal | undefined,
  except: MultipartUpload | undefined,
): Promise<readonly string[]> {
  const parsed = (await readManifest(store, nameOf(store.names, key, "head"), signal)).flatMap((name) => {
    const found = parseGroupName(store.names, name);
    // A manifest that somebody copied shares the segments of another key.
    return found?.key === key && found.id !== except?.id ? [{ name, group: found.group }] : [];
  });
  const groups = [...new Set(parsed.map(({ group }) => group))];
  await atOnce(FLAGS_AT_ONCE, groups, (group) => raiseFlag(store, group, "ending", signal));
  return [...parsed.map(({ name }) => name), ...groups.map((group) => flagName(group, "ending"))];
}

/** distribution names `container/prefix` and writes `prefix/0000000000000001` and so on. */
async function dynamicSegments(
  store: Store,
  key: string,
  manifest: string,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const { container, segments } = store.names;
  const prefix = `${manifest.slice(manifest.indexOf("/") + 1).replace(/\/$/, "")}/`;
  const isOurs = manifest.startsWith(`${container}/`) && prefix.startsWith(segments);
  return isOurs && !MAY_BE_MOVED.test(key) ? await listNames(store, prefix, signal) : [];
}

/** The object is replaced, or gone, and the answer must say so whatever becomes of its segments. */
export async function dropSegments(store: Store, key: string, names: readonly string[] = []): Promise<void> {
  try {
    await removeNames(store, names, undefined);
  } catch (cause) {
    store.warn("segments of an object that is gone could not be deleted", { key, segments: names.length, cause });
  }
}
