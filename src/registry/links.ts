/** A link is a small object that holds a digest, `sha256:<hex>`: CNCF distribution's way of saying "this repository has it". */
import type { CallOptions, ObjectKey, StorageDriver } from "../../drivers/contract.ts";
import { DriverError } from "../../drivers/errors.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import { coalesced } from "./coalesced.ts";
import { unlessAbsent } from "./content.ts";

/** A digest with some white space, and nothing like a blob. */
const MAX_LINK_BYTES = 256;

/** `undefined` if there is none. A link that holds something else rejects `unexpected`: it is not for this code to guess. */
export async function readLink(
  driver: StorageDriver,
  key: ObjectKey,
  options?: CallOptions,
): Promise<Digest | undefined> {
  return await unlessAbsent(async () => {
    const body = await driver.get(key, options);
    if (body.info.size > MAX_LINK_BYTES) {
      await body.discard();
      throw new DriverError("unexpected", "get", { key, message: `a link of ${body.info.size} bytes` });
    }
    const text = (await body.bytes()).toString("latin1").trim();
    if (!isDigest(text)) throw new DriverError("unexpected", "get", { key, message: "the link holds no digest" });
    return text;
  });
}

export async function writeLink(
  driver: StorageDriver,
  key: ObjectKey,
  target: Digest,
  options?: CallOptions,
): Promise<void> {
  await driver.put(key, Buffer.from(target, "latin1"), options);
}

/** Reads a link for many callers at once: each sees what was written before it asked. */
export type SharedLinkReader = (key: ObjectKey, options?: CallOptions) => Promise<Digest | undefined>;

export function createSharedLinkReader(driver: StorageDriver): SharedLinkReader {
  return coalesced((key) => readLink(driver, key));
}
