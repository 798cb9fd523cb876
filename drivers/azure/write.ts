import type { ObjectBytes, WrittenObject } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { hasCode } from "./errors.ts";
import { payloadOf } from "./payload.ts";
import { replaceAppendBlob } from "./replace.ts";
import { blockBlobOf, callOptions, HEADERS, type Store } from "./store.ts";

export async function putObject(
  store: Store,
  key: string,
  bytes: ObjectBytes,
  signal: AbortSignal | undefined,
): Promise<WrittenObject> {
  const blob = blockBlobOf(store, key, "put");
  const { body, size, pieces } = payloadOf(bytes);
  try {
    await blob.upload(body, size, { blobHTTPHeaders: HEADERS, ...callOptions(signal) });
    return { size };
  } catch (error) {
    if (!hasCode(error, "InvalidBlobType")) throw error;
    const whole = Buffer.concat(pieces);
    const read = async (start: number, end: number) => whole.subarray(start, end);
    await replaceAppendBlob(store, key, { size, read }, "put", signal);
    return { size };
  }
}

export async function createObject(
  store: Store,
  key: string,
  bytes: ObjectBytes,
  signal: AbortSignal | undefined,
): Promise<WrittenObject> {
  const blob = blockBlobOf(store, key, "conditional.create");
  const { body, size } = payloadOf(bytes);
  try {
    const conditions = { ifNoneMatch: "*" };
    await blob.upload(body, size, { blobHTTPHeaders: HEADERS, conditions, ...callOptions(signal) });
    return { size };
  } catch (error) {
    if (!hasCode(error, "BlobAlreadyExists", "ConditionNotMet", "InvalidBlobType")) throw error;
    throw new DriverError("already_exists", "conditional.create", { key });
  }
}
