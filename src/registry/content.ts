/** What is there: the bytes behind a link, and anything at all under a prefix. */
import type { CallOptions, StorageDriver } from "../../drivers/contract.ts";
import { isNotFound } from "../../drivers/errors.ts";
import type { Digest } from "../oci/digest.ts";
import { blobKey } from "./keys.ts";

/**
 * Size in bytes, or `undefined`: a link without bytes links nothing. `target` is what the link holds, which is not always
 * the digest that it is named after: distribution stores sha512 content under its sha256 digest.
 */
export async function sizeOfContent(
  driver: StorageDriver,
  target: Digest,
  options?: CallOptions,
): Promise<number | undefined> {
  return await unlessAbsent(async () => (await driver.head(blobKey(target), options)).size);
}

/** All of it in memory, or `undefined` if it is not there, or longer than `maxBytes`. */
export async function readContent(
  driver: StorageDriver,
  target: Digest,
  maxBytes: number,
): Promise<Buffer | undefined> {
  return await unlessAbsent(async () => {
    const body = await driver.get(blobKey(target));
    if (body.info.size <= maxBytes) return await body.bytes();
    await body.discard();
    return undefined;
  });
}

/** Whether nothing lies under `prefix`. */
export async function isEmpty(driver: StorageDriver, prefix: string, options?: CallOptions): Promise<boolean> {
  for await (const _ of driver.list(prefix, { ...options, expected: 1 })) return false;
  return true;
}

/** `undefined` where the store says that there is no such object. Trouble is not absence, and rejects. */
export async function unlessAbsent<Value>(ask: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
