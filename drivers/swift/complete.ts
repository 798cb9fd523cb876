import type { MultipartLimits, MultipartUpload, PartReceipt, WrittenObject } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { orderParts } from "../parts.ts";
import { Refusal } from "./errors.ts";
import { ageOfFlag, flagName, lowerFlag, raiseFlag } from "./flags.ts";
import { type GroupName, groupOrNone, noUpload, type Segment, segmentOf } from "./groups.ts";
import { dropSegments, takeApart } from "./large.ts";
import { listNames } from "./listing.ts";
import { foldSegments, putManifest, sizeOfSegments } from "./manifests.ts";
import { nameOf } from "./names.ts";
import type { Store } from "./store.ts";

const OPERATION = "multipart.complete";

/** Takes no signal: half-way, nobody would know what became of the object. */
export async function completeUpload(
  store: Store,
  upload: MultipartUpload,
  parts: readonly PartReceipt[],
  limits: MultipartLimits,
): Promise<WrittenObject> {
  const group = groupOrNone(store.names, upload, OPERATION);
  const segments = orderParts(upload, parts, limits).map((receipt) => {
    const segment = segmentOf(group, receipt);
    if (!segment) throw lostPart(upload, `no part ${receipt.partNumber} as in its receipt`);
    return segment;
  });
  await raiseFlag(store, group, "completing");
  const giveUp = () => lowerFlag(store, group, "completing").catch(() => {});
  try {
    const { folded, replaced } = await prepare(store, upload, group, segments).catch(async (error) => {
      await giveUp();
      throw error;
    });
    const name = nameOf(store.names, upload.key, OPERATION);
    await putManifest(store, name, folded.segments).catch(async (error) => {
      if (isSettled(error)) await giveUp();
      throw error;
    });
    const remains = await remainsOf(store, group, [...segments, ...folded.lists]);
    await dropSegments(store, upload.key, [...replaced, ...remains]);
    return { size: sizeOfSegments(segments) };
  } catch (error) {
    throw isLostPart(error) ? lostPart(upload, error.message) : error;
  }
}

async function prepare(store: Store, upload: MultipartUpload, group: GroupName, segments: readonly Segment[]) {
  const [open, ending] = await Promise.all([ageOfFlag(store, group, "open"), ageOfFlag(store, group, "ending")]);
  if (open === undefined || ending !== undefined) throw noUpload(upload, OPERATION);
  const folded = await foldSegments(store, group, segments);
  return { folded, replaced: (await takeApart(store, upload.key, OPERATION, undefined, upload)) ?? [] };
}

/** Flags, and parts whose receipt nobody wanted. */
async function remainsOf(store: Store, group: GroupName, used: readonly Segment[]): Promise<readonly string[]> {
  const kept = new Set(used.map(({ name }) => name));
  const found = await listNames(store, group, undefined).catch(() => []);
  const flags = [flagName(group, "open"), flagName(group, "completing")];
  return [...new Set([...flags, ...found.filter((name) => !kept.has(name))])];
}

/** Whether the store has certainly not published the object, and will not do so later. */
function isSettled(error: unknown): boolean {
  return error instanceof DriverError || (error instanceof Refusal && error.status < 500);
}

function isLostPart(error: unknown): error is Refusal {
  return error instanceof Refusal && error.status === 400 && /404 Not Found|Mismatch/.test(error.text);
}

function lostPart({ key }: MultipartUpload, message: string): DriverError {
  return new DriverError("not_found", OPERATION, { key, message });
}
