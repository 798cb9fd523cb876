import { createHash } from "node:crypto";
import { HeadObjectCommand, type HeadObjectCommandOutput, ListPartsCommand } from "@aws-sdk/client-s3";
import type { PartReceipt } from "../contract.ts";
import { failureOf } from "./errors.ts";
import { etagOf } from "./info.ts";
import { callOptions, type Store } from "./store.ts";

const MD5 = /^[0-9a-f]{32}$/;

export interface UploadPlace {
  readonly Bucket: string;
  readonly Key: string;
  readonly UploadId: string;
}

/** Some stores hang up on who sends a part to an upload that is gone. Those that cannot list parts leave it open. */
export async function isGone(store: Store, upload: UploadPlace, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await store.client.sdk.send(new ListPartsCommand({ ...upload, MaxParts: 1 }), callOptions(signal));
    return false;
  } catch (error) {
    // Ceph says the second.
    return ["NoSuchUpload", "NoSuchKey"].includes(failureOf(error).code);
  }
}

/**
 * After a completion whose answer got lost, or was a failure: whether the upload is gone, and if so, whether it has become
 * the object. Ceph answers "already in progress", a failure that seems to pass, to a completion of what is not there.
 */
export async function fateOf(
  store: Store,
  upload: UploadPlace,
  parts: readonly PartReceipt[],
  signal: AbortSignal | undefined,
): Promise<"open" | "completed" | "gone"> {
  if (!(await isGone(store, upload, signal))) return "open";
  const { Bucket, Key } = upload;
  try {
    const told = await store.client.sdk.send(new HeadObjectCommand({ Bucket, Key }), callOptions(signal));
    return consistsOf(told, parts) ? "completed" : "gone";
  } catch (error) {
    if (failureOf(error).status === 404) return "gone";
    throw error;
  }
}

/** Most stores make the tag of an object from those of its parts. With the others, only its size can tell. */
function consistsOf(
  told: Pick<HeadObjectCommandOutput, "ContentLength" | "ETag">,
  parts: readonly PartReceipt[],
): boolean {
  if (told.ContentLength !== parts.reduce((sum, { size }) => sum + size, 0)) return false;
  const [digest = "", count] = etagOf(told.ETag).split("-");
  if (!MD5.test(digest) || count !== String(parts.length) || !parts.every(({ token }) => MD5.test(token))) return true;
  const hash = createHash("md5");
  for (const { token } of parts) hash.update(Buffer.from(token, "hex"));
  return hash.digest("hex") === digest;
}
