/** Staging in an object store: parts of a size, a few of them on their way at a time. */
import type {
  MultipartLimits,
  MultipartUpload,
  ObjectKey,
  PartReceipt,
  StorageDriver,
} from "../../drivers/contract.ts";
import { RegistryError } from "../oci/errors.ts";
import { ChunkList } from "./chunk-list.ts";
import { beginMultipart, type Staged, type Staging, type StagingOptions } from "./staging.ts";

const PARTS_IN_FLIGHT = 3;

export function stageInSizedParts(
  driver: StorageDriver,
  key: ObjectKey,
  from: Staged,
  options: StagingOptions,
): Staging {
  const { memory } = options;
  const { limits } = driver.multipart;
  const pending = ChunkList.of(from.tail);
  const inFlight = new Set<Promise<void>>();
  const receipts = new Map<number, PartReceipt>(from.parts.map((receipt) => [receipt.partNumber, receipt]));
  let multipart: Promise<MultipartUpload> | undefined = from.multipart && Promise.resolve(from.multipart);
  let lastPart = from.parts.length;
  let failure: { readonly error: unknown } | undefined;
  /** Bytes of memory for what is pending. */
  let reserved = 0;
  let finished = false;
  let unreserved = options.expected ?? Number.POSITIVE_INFINITY;

  async function store(partNumber: number, body: readonly Uint8Array[], memoryBytes: number): Promise<void> {
    try {
      multipart ??= beginMultipart(driver, key, options);
      receipts.set(partNumber, await driver.multipart.putPart(await multipart, partNumber, body, options));
      if (options.giveBack) body.forEach(options.giveBack);
    } catch (error) {
      failure ??= { error };
    } finally {
      memory.release(memoryBytes);
    }
  }

  /** Of the part that is being filled. */
  const nextSize = () => partSizeOf(lastPart + 1, options.partSize, limits);

  function launch(body: readonly Uint8Array[]): void {
    const work = store(++lastPart, body, reserved).finally(() => inFlight.delete(work));
    reserved = 0;
    inFlight.add(work);
  }

  /** Half of a part at least, so that an upload in many requests still has room for all of its bytes. */
  function isPartAtEnd(): boolean {
    const least = Math.max(limits.minPartSize, nextSize() / 2);
    return !limits.equalParts && lastPart > 0 && lastPart + 1 < limits.maxParts && pending.size >= least;
  }

  async function waitForTurn(): Promise<void> {
    while (inFlight.size >= PARTS_IN_FLIGHT) await Promise.race(inFlight);
    if (failure) throw failure.error;
  }

  /** Before the next part is filled. */
  function reserve(): Promise<void> | undefined {
    if (reserved > 0) return undefined;
    const bytes = Math.max(1, Math.min(nextSize(), unreserved));
    unreserved -= bytes;
    const wait = memory.reserve(bytes);
    if (wait === undefined) {
      reserved = bytes;
      return undefined;
    }
    return wait.then(() => {
      // The client may have gone while its upload waited for memory.
      if (finished) memory.release(bytes);
      else reserved = bytes;
    });
  }

  return {
    write(chunk) {
      if (failure) throw failure.error;
      pending.push(chunk);
      while (pending.size >= nextSize()) {
        // One more has to be left for what comes at the end.
        if (lastPart + 1 >= limits.maxParts) throw tooLarge(limits);
        launch(pending.take(nextSize()));
      }
      const wait = reserve();
      if (inFlight.size < PARTS_IN_FLIGHT) return wait;
      return Promise.all([wait, waitForTurn()]).then(() => {});
    },
    async finish(end) {
      finished = true;
      if (end?.isWhole && !failure && isPartAtEnd()) launch(pending.take());
      await Promise.all(inFlight);
      memory.release(reserved);
      const parts: PartReceipt[] = [];
      for (let n = 1; n <= lastPart; n++) {
        const receipt = receipts.get(n);
        if (receipt === undefined) break;
        parts.push(receipt);
      }
      const upload = await multipart?.catch(() => undefined);
      return { multipart: upload, parts, tail: parts.length === lastPart ? pending.take() : [], failure };
    },
  };
}

/** So many parts of a size, then as many of twice that size: 10,000 parts that begin with 8 MiB hold more than 5 TiB. */
const PARTS_OF_A_SIZE = 1000;

export function partSizeOf(partNumber: number, first: number, { equalParts, maxPartSize }: MultipartLimits): number {
  if (equalParts) return first;
  return Math.min(maxPartSize, first * 2 ** Math.floor((partNumber - 1) / PARTS_OF_A_SIZE));
}

function tooLarge(limits: MultipartLimits): RegistryError {
  const message = `this store takes at most ${limits.maxParts} parts of an object: a larger storage chunksize makes room for more`;
  return new RegistryError("blob_too_large", message);
}
