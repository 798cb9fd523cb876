/**
 * Bytes of unknown number on their way into an object. What is short stays in memory and travels in the session's record;
 * what is long becomes parts of a multipart upload. Each call of `createStaging` is one attempt: it only adds to what it was
 * given, so another attempt that starts from the same place is not disturbed.
 */
import type { CallOptions, MultipartUpload, ObjectKey, PartReceipt, StorageDriver } from "../../drivers/contract.ts";
import { stageInOnePart } from "./staging-in-one-part.ts";
import { stageInSizedParts } from "./staging-in-sized-parts.ts";
import type { UploadMemory } from "./upload-memory.ts";

export interface Staged {
  readonly multipart?: MultipartUpload | undefined;
  readonly parts: readonly PartReceipt[];
  /** What follows the parts. */
  readonly tail: readonly Uint8Array[];
}

export const NOTHING_STAGED: Staged = { parts: [], tail: [] };

export interface Staging {
  /** A promise asks the caller to wait before the next chunk. Rejects, or throws, when the store fails. */
  write(chunk: Uint8Array): Promise<void> | undefined;
  /**
   * Everything that is safe in the store, and the tail. After a failure: less than was written, never with a gap. May be
   * asked again. To be called in any case: it gives back what the attempt holds.
   */
  finish(end?: StagingEnd): Promise<FinishedStaging>;
}

export interface StagingEnd {
  /**
   * All that the client meant to send has come, so a long tail becomes a part of its own, and does not travel through the
   * record. A client that broke off sends the same bytes again, in other parts, and on S3 a part is that of the last writer.
   */
  readonly isWhole: boolean;
}

export interface FinishedStaging extends Staged {
  /** Why it is less than was written. */
  readonly failure?: { readonly error: unknown } | undefined;
}

export interface StagingOptions extends CallOptions {
  /** Bytes of a part, where the store takes parts of a size. */
  readonly partSize: number;
  readonly memory: UploadMemory;
  /** Bytes that are to come, if that is known. */
  readonly expected?: number | undefined;
  /** Called once, before the first part of a multipart upload that this attempt has begun. */
  readonly onMultipart?: ((multipart: MultipartUpload) => Promise<void>) | undefined;
  /** For the memory of chunks that are stored, if it is theirs alone. */
  readonly giveBack?: ((chunk: Uint8Array) => void) | undefined;
}

/** Longer than that, and a disk gets a file of its own instead of an entry in the record. */
export const DISK_TAIL_BYTES = 1024 * 1024;

/** Bytes that stay in memory before there is a multipart upload. */
export function inlineLimit(driver: StorageDriver, partSize: number): number {
  return driver.multipart.openPart ? DISK_TAIL_BYTES : partSize;
}

/** `key` is where the multipart upload will be published, should one be needed. */
export function createStaging(driver: StorageDriver, key: ObjectKey, from: Staged, options: StagingOptions): Staging {
  const staging = driver.multipart.openPart
    ? stageInOnePart(driver, key, from, options)
    : stageInSizedParts(driver, key, from, options);
  let finished: Promise<FinishedStaging> | undefined;
  return {
    write: staging.write,
    finish(end) {
      finished ??= staging.finish(end);
      return finished;
    },
  };
}

export function sizeOf({ parts, tail }: Staged): number {
  return parts.reduce((sum, { size }) => sum + size, 0) + tail.reduce((sum, { length }) => sum + length, 0);
}

/** A multipart upload, known to whoever asked to know of it before it has parts. */
export async function beginMultipart(
  driver: StorageDriver,
  key: ObjectKey,
  options: StagingOptions,
): Promise<MultipartUpload> {
  const multipart = await driver.multipart.create(key, options);
  await options.onMultipart?.(multipart);
  return multipart;
}
