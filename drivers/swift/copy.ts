/**
 * Copies never share segments with their source: each object goes with its own. So a short object is copied whole, which
 * makes one piece of it, and a long one stretch by stretch into segments of its own.
 */
import type { MultipartUpload, PartReceipt, WrittenObject } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { abortUpload } from "./abort.ts";
import { atOnce } from "./at-once.ts";
import { completeUpload } from "./complete.ts";
import { groupOrNone, newPartName, receiptOf } from "./groups.ts";
import { type HttpAnswer, header } from "./http.ts";
import { NEW_OBJECT } from "./info.ts";
import { dropSegments, takeApart } from "./large.ts";
import { createUpload, limitsOf } from "./multipart.ts";
import { escapeName, nameOf } from "./names.ts";
import { type FoundObject, headObject } from "./read.ts";
import { type Store, tell } from "./store.ts";

const STRETCHES_AT_ONCE = 4;
/** The store says nothing while it copies. */
const PATIENCE_MILLISECONDS = 10 * 60_000;

/** What Swift says as the reader of its own object. */
const SOURCE_BROKE_OFF = 499;

interface Source {
  readonly key: string;
  readonly name: string;
  readonly found: FoundObject;
}

export async function copyObject(
  store: Store,
  sourceKey: string,
  target: string,
  signal: AbortSignal | undefined,
): Promise<WrittenObject> {
  const name = nameOf(store.names, target, "copy");
  const found = await headObject(store, sourceKey, "copy", signal);
  const source = { key: sourceKey, name: nameOf(store.names, sourceKey, "copy"), found };
  const { size } = found.info;
  if (size > store.limits.copyPartSize) return await copyInStretches(store, source, target, signal);

  const segments = await takeApart(store, target, "copy", signal);
  await copyBytes(store, source, name, NEW_OBJECT, signal);
  await dropSegments(store, target, segments);
  return { size };
}

async function copyInStretches(
  store: Store,
  source: Source,
  target: string,
  signal: AbortSignal | undefined,
): Promise<WrittenObject> {
  const upload = await createUpload(store, target, signal);
  try {
    const parts = await copyStretches(store, source, upload, signal);
    signal?.throwIfAborted();
    return await completeUpload(store, upload, parts, { ...limitsOf(store), minPartSize: 1 });
  } catch (error) {
    await abortUpload(store, upload, undefined).catch((cause) =>
      store.warn("segments of a failed copy remain", { key: target, cause }),
    );
    throw error;
  }
}

async function copyStretches(
  store: Store,
  source: Source,
  upload: MultipartUpload,
  signal: AbortSignal | undefined,
): Promise<readonly PartReceipt[]> {
  const { size } = source.found.info;
  const { copyPartSize } = store.limits;
  const group = groupOrNone(store.names, upload, "copy");
  const starts = Array.from({ length: Math.ceil(size / copyPartSize) }, (_, index) => index * copyPartSize);
  return await atOnce(STRETCHES_AT_ONCE, starts, async (start, index) => {
    const { name, nonce } = newPartName(group, index + 1);
    const end = Math.min(start + copyPartSize, size);
    const answer = await copyBytes(store, source, name, { range: `bytes=${start}-${end - 1}` }, signal);
    const md5 = (header(answer, "etag") ?? "").replaceAll('"', "");
    return receiptOf(index + 1, nonce, { name, size: end - start, md5 });
  });
}

async function copyBytes(
  store: Store,
  { key, name, found }: Source,
  target: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<HttpAnswer> {
  const answer = await tell(store, {
    method: "COPY",
    name,
    headers: {
      ...headers,
      "if-match": header(found.answer, "etag"),
      destination: `${escapeName(store.names.container)}/${escapeName(target)}`,
    },
    patience: PATIENCE_MILLISECONDS,
    expect: [201, 404, 412, SOURCE_BROKE_OFF],
    signal,
  });
  if (answer.status === 404) throw new DriverError("not_found", "copy", { key });
  if (answer.status === 412 || answer.status === SOURCE_BROKE_OFF) {
    const message = "the object was replaced or deleted while it was copied";
    throw new DriverError("unavailable", "copy", { key, message });
  }
  return answer;
}
