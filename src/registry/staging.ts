/**
 * Bytes of unknown number on their way into an object. What is short stays in memory and travels in the session's record;
 * what is long becomes parts of a multipart upload. Each call of `createStaging` is one attempt: it only adds to what it was
 * given, so another attempt that starts from the same place is not disturbed.
 */
import type {
  CallOptions,
  MultipartUpload,
  ObjectKey,
  PartReceipt,
  PartWriter,
  StorageDriver,
} from "../../drivers/contract.ts";
import { ChunkList } from "./chunk-list.ts";

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
   * asked again.
   */
  finish(): Promise<Staged>;
}

export interface StagingOptions extends CallOptions {
  /** Bytes of a part, where the store takes parts of a size. */
  readonly partSize: number;
  /** Called once, before the first part of a multipart upload that this attempt has begun. */
  readonly onMultipart?: ((multipart: MultipartUpload) => Promise<void>) | undefined;
}

/** Longer than that, and a disk gets a file of its own instead of an entry in the record. */
const DISK_TAIL_BYTES = 1024 * 1024;
const PARTS_IN_FLIGHT = 3;

/** Bytes that stay in memory before there is a multipart upload. */
export function inlineLimit(driver: StorageDriver, partSize: number): number {
  return driver.multipart.openPart ? DISK_TAIL_BYTES : partSize;
}

/** `key` is where the multipart upload will be published, should one be needed. */
export function createStaging(driver: StorageDriver, key: ObjectKey, from: Staged, options: StagingOptions): Staging {
  const staging = driver.multipart.openPart
    ? stageInOnePart(driver, key, from, options)
    : stageInSizedParts(driver, key, from, options);
  let finished: Promise<Staged> | undefined;
  return {
    write: staging.write,
    finish() {
      finished ??= staging.finish();
      return finished;
    },
  };
}

export function sizeOf({ parts, tail }: Staged): number {
  return parts.reduce((sum, { size }) => sum + size, 0) + tail.reduce((sum, { length }) => sum + length, 0);
}

function stageInOnePart(driver: StorageDriver, key: ObjectKey, from: Staged, options: StagingOptions): Staging {
  const pending = listOf(from.tail);
  let multipart = from.multipart;
  let writer: PartWriter | undefined;
  let failed = false;

  async function open(): Promise<void> {
    multipart ??= await begin(driver, key, options);
    writer = await driver.multipart.openPart?.(multipart, from.parts.length + 1, options);
    for (const chunk of pending.take()) await writer?.write(chunk);
  }

  const guard = (work: Promise<void>) =>
    work.catch((error: unknown) => {
      failed = true;
      throw error;
    });

  return {
    write(chunk) {
      if (writer) {
        const wait = writer.write(chunk);
        return wait && guard(wait);
      }
      pending.push(chunk);
      return pending.size > DISK_TAIL_BYTES ? guard(open()) : undefined;
    },
    async finish() {
      if (failed) {
        await writer?.abort();
        return { ...from, multipart };
      }
      const parts = writer ? [...from.parts, await writer.close()] : from.parts;
      return { multipart, parts, tail: pending.take() };
    },
  };
}

function stageInSizedParts(driver: StorageDriver, key: ObjectKey, from: Staged, options: StagingOptions): Staging {
  const pending = listOf(from.tail);
  const inFlight = new Set<Promise<void>>();
  const receipts = new Map<number, PartReceipt>(from.parts.map((receipt) => [receipt.partNumber, receipt]));
  let multipart: Promise<MultipartUpload> | undefined = from.multipart && Promise.resolve(from.multipart);
  let lastPart = from.parts.length;
  let failure: { readonly error: unknown } | undefined;

  async function store(partNumber: number, body: readonly Uint8Array[]): Promise<void> {
    try {
      multipart ??= begin(driver, key, options);
      receipts.set(partNumber, await driver.multipart.putPart(await multipart, partNumber, body, options));
    } catch (error) {
      failure ??= { error };
    }
  }

  function launch(body: readonly Uint8Array[]): void {
    const work = store(++lastPart, body).finally(() => inFlight.delete(work));
    inFlight.add(work);
  }

  async function waitForRoom(): Promise<void> {
    while (inFlight.size >= PARTS_IN_FLIGHT) await Promise.race(inFlight);
    if (failure) throw failure.error;
  }

  return {
    write(chunk) {
      if (failure) throw failure.error;
      pending.push(chunk);
      while (pending.size >= options.partSize) launch(pending.take(options.partSize));
      return inFlight.size >= PARTS_IN_FLIGHT ? waitForRoom() : undefined;
    },
    async finish() {
      await Promise.all(inFlight);
      const parts: PartReceipt[] = [];
      for (let n = 1; n <= lastPart; n++) {
        const receipt = receipts.get(n);
        if (receipt === undefined) break;
        parts.push(receipt);
      }
      const upload = await multipart?.catch(() => undefined);
      return { multipart: upload, parts, tail: parts.length === lastPart ? pending.take() : [] };
    },
  };
}

async function begin(driver: StorageDriver, key: ObjectKey, options: StagingOptions): Promise<MultipartUpload> {
  const multipart = await driver.multipart.create(key, options);
  await options.onMultipart?.(multipart);
  return multipart;
}

function listOf(chunks: readonly Uint8Array[]): ChunkList {
  const list = new ChunkList();
  for (const chunk of chunks) list.push(chunk);
  return list;
}
