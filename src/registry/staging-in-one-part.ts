/** Staging on a disk: what is long becomes one part, written while it arrives. */
import type { ObjectKey, PartReceipt, PartWriter, StorageDriver } from "../../drivers/contract.ts";
import { ChunkList } from "./chunk-list.ts";
import { beginMultipart, DISK_TAIL_BYTES, type Staged, type Staging, type StagingOptions } from "./staging.ts";

export function stageInOnePart(driver: StorageDriver, key: ObjectKey, from: Staged, options: StagingOptions): Staging {
  const pending = ChunkList.of(from.tail);
  let multipart = from.multipart;
  let writer: PartWriter | undefined;
  let failure: { readonly error: unknown } | undefined;

  async function open(): Promise<void> {
    multipart ??= await beginMultipart(driver, key, options);
    writer = await driver.multipart.openPart?.(multipart, from.parts.length + 1, options);
    for (const chunk of pending.take()) await writer?.write(chunk);
  }

  async function close(opened: PartWriter): Promise<PartReceipt | undefined> {
    try {
      return await opened.close();
    } catch (error) {
      failure = { error };
      return undefined;
    }
  }

  const guard = (work: Promise<void>) =>
    work.catch((error: unknown) => {
      failure = { error };
      throw error;
    });

  return {
    write(chunk) {
      if (writer) {
        const wait = writer.write(chunk, options.giveBack);
        return wait && guard(wait);
      }
      pending.push(chunk);
      return pending.size > DISK_TAIL_BYTES ? guard(open()) : undefined;
    },
    async finish() {
      let receipt: PartReceipt | undefined;
      if (failure) await writer?.abort();
      else if (writer) receipt = await close(writer);
      if (failure) return { ...from, multipart, failure };
      return { multipart, parts: receipt ? [...from.parts, receipt] : from.parts, tail: pending.take() };
    },
  };
}
