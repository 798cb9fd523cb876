import type { BlobClient } from "@azure/storage-blob";
import type { WrittenObject } from "../contract.ts";
import { copyInBlocks } from "./copy-blocks.ts";
import { hasCode } from "./errors.ts";
import { infoOf } from "./info.ts";
import { replaceAppendBlob } from "./replace.ts";
import { blobOf, callOptions, type Store } from "./store.ts";

/** A version of a blob. */
export interface Source {
  readonly blob: BlobClient;
  readonly size: number;
  readonly etag: string;
  readonly isBlockBlob: boolean;
}

export async function copyObject(
  store: Store,
  from: string,
  to: string,
  signal: AbortSignal | undefined,
): Promise<WrittenObject> {
  blobOf(store, to, "copy");
  const blob = blobOf(store, from, "copy");
  const properties = await blob.getProperties(callOptions(signal));
  const { size, version } = infoOf("copy", from, properties.contentLength, properties);
  const source = { blob, size, etag: version, isBlockBlob: properties.blobType === "BlockBlob" };
  return await publish(store, source, to, "copy", signal);
}

/** Makes `key` that version of the source: at once, whatever its size. Rejects `BlobNotFound` when the source is gone. */
export async function publish(
  store: Store,
  source: Source,
  key: string,
  operation: string,
  signal: AbortSignal | undefined,
): Promise<WrittenObject> {
  try {
    const whole = source.isBlockBlob && source.size <= store.limits.copyWhole;
    await (whole ? copyWhole : copyInBlocks)(store, source, key, operation, signal);
  } catch (error) {
    if (hasCode(error, "CannotVerifyCopySource")) await source.blob.getProperties(callOptions(signal));
    if (!hasCode(error, "InvalidBlobType")) throw error;
    const { blob, size, etag } = source;
    const options = { conditions: { ifMatch: etag }, maxRetryRequestsPerBlock: 0, ...callOptions(signal) };
    const read = (start: number, end: number) => blob.downloadToBuffer(start, end - start, options);
    await replaceAppendBlob(store, key, { size, read }, operation, signal);
  }
  return { size: source.size };
}

async function copyWhole(
  store: Store,
  { blob, etag }: Source,
  key: string,
  operation: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { url, options } = await store.sourceOf(blob);
  await blobOf(store, key, operation).syncCopyFromURL(url, {
    sourceConditions: { ifMatch: etag },
    ...options,
    ...callOptions(signal),
  });
}
