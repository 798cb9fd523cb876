/**
 * Deletion of many objects at once. Every store has it, but they do not agree on how a request proves that it arrived
 * whole: AWS takes a CRC32 or a Content-MD5, many others know only the second, and some have nothing that works.
 */
import { DeleteObjectCommand, DeleteObjectsCommand } from "@aws-sdk/client-s3";
import { forEachAtOnce } from "../at-once.ts";
import { type Integrity, withIntegrity } from "./content-md5.ts";
import { failureOf, s3Error } from "./errors.ts";
import { callOptions, place, type Store } from "./store.ts";

const KEYS_IN_A_REQUEST = 1000;
const SINGLE_AT_ONCE = 16;
/** XML 1.0 has no way to write these. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const NOT_IN_XML = /[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/;

export async function deleteObject(store: Store, key: string, signal: AbortSignal | undefined): Promise<void> {
  const where = place(store, key, "delete");
  try {
    const answer = await store.direct({ method: "DELETE", key: where.Key, signal });
    const isHidden = answer
      ? answer.resume().headers["x-amz-delete-marker"] === "true"
      : (await store.client.sdk.send(new DeleteObjectCommand(where), callOptions(signal))).DeleteMarker;
    if (isHidden) store.onHidden();
  } catch (error) {
    if (failureOf(error).code !== "NoSuchKey") throw error;
  }
}

export type DeleteMany = (keys: readonly string[], signal: AbortSignal | undefined) => Promise<void>;

/** Remembers what the store takes. */
export function createDeleteMany(store: Store): DeleteMany {
  let ways: readonly Integrity[] = ["crc32", "md5"];

  async function deleteBatch(keys: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    for (const way of ways) {
      try {
        return await deleteTogether(store, keys, way, signal);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        ways = ways.filter((other) => other !== way);
      }
    }
    await deleteEach(store, keys, signal);
  }

  return async (keys, signal) => {
    for (const key of keys) place(store, key, "deleteMany");
    const [first, ...others] = keys;
    // The record of a short upload: by itself it needs neither XML nor a checksum.
    if (first !== undefined && others.length === 0) return await deleteObject(store, first, signal);
    const together = keys.filter((key) => !NOT_IN_XML.test(key));
    const alone = keys.filter((key) => NOT_IN_XML.test(key));
    for (let start = 0; start < together.length; start += KEYS_IN_A_REQUEST) {
      await deleteBatch(together.slice(start, start + KEYS_IN_A_REQUEST), signal);
    }
    await deleteEach(store, alone, signal);
  };
}

/** Of the request as such; the keys have no part in it. */
function isRefusal(error: unknown): boolean {
  const { status = 0, code } = failureOf(error);
  return [400, 405, 411, 501].includes(status) && !["ExpiredToken", "RequestTimeout", "InvalidToken"].includes(code);
}

async function deleteTogether(store: Store, keys: readonly string[], way: Integrity, signal: AbortSignal | undefined) {
  const command = new DeleteObjectsCommand({
    Bucket: store.client.bucket,
    Delete: { Objects: [...new Set(keys)].map((key) => ({ Key: store.settings.root + key })), Quiet: true },
  });
  const { Errors = [] } = await store.client.sdk.send(withIntegrity(command, way), callOptions(signal));
  const [failed] = Errors.filter(({ Code }) => Code !== "NoSuchKey");
  if (!failed) return;
  const cause = Object.assign(new Error(failed.Message ?? ""), { name: failed.Code ?? "" });
  throw s3Error("deleteMany", failed.Key?.slice(store.settings.root.length), cause);
}

async function deleteEach(store: Store, keys: readonly string[], signal: AbortSignal | undefined): Promise<void> {
  await forEachAtOnce(keys, SINGLE_AT_ONCE, (key) => deleteObject(store, key, signal));
}
