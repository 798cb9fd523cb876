import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { forEachAtOnce } from "../at-once.ts";
import type { WrittenObject } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { withPatience } from "./again.ts";
import { failureOf } from "./errors.ts";
import { askHead } from "./info.ts";
import { encodePath } from "./sign.ts";
import { callOptions, newObject, place, type Store } from "./store.ts";

/** AWS copies ranges only of objects that are larger. */
const MIN_SIZE_IN_PARTS = 5 * 1024 ** 2;
const DEFAULT_THRESHOLD = 32 * 1024 ** 2;
const MAX_PARTS = 10_000;

interface Source {
  readonly name: string;
  readonly size: number;
  readonly etag: string | undefined;
}

/** Small objects in one call; large ones in parts, which is faster, and beyond the store's limit the only way. */
export async function copyObject(
  store: Store,
  source: string,
  target: string,
  signal: AbortSignal | undefined,
): Promise<WrittenObject> {
  const { bucket, copy } = store.settings;
  const from = place(store, source, "copy");
  place(store, target, "copy");
  const { ContentLength = 0, ETag } = await askHead(store, source, "copy", signal);
  const name = `${bucket}/${encodePath(from.Key)}`;
  // Ceph's copy in one call shares the bytes, whatever their number; parts it reads and writes.
  const threshold = copy.threshold ?? (store.seen.isCeph ? Number.POSITIVE_INFINITY : DEFAULT_THRESHOLD);
  if (ContentLength <= Math.max(threshold, MIN_SIZE_IN_PARTS))
    return await copyWhole(store, { name, size: ContentLength }, target, signal);
  return await copyInParts(store, { name, size: ContentLength, etag: ETag }, target, signal);
}

async function copyWhole(
  store: Store,
  { name, size }: Omit<Source, "etag">,
  target: string,
  signal: AbortSignal | undefined,
): Promise<WrittenObject> {
  const command = new CopyObjectCommand({
    ...place(store, target, "copy"),
    ...newObject(store),
    CopySource: name,
    // An object is copied onto itself only if something about it changes.
    MetadataDirective: "REPLACE",
  });
  await store.client.sdk.send(command, callOptions(signal));
  return { size };
}

async function copyInParts(
  store: Store,
  source: Source,
  target: string,
  signal: AbortSignal | undefined,
): Promise<WrittenObject> {
  const { sdk } = store.client;
  const where = place(store, target, "copy");
  const { UploadId } = await sdk.send(
    new CreateMultipartUploadCommand({ ...where, ...newObject(store) }),
    callOptions(signal),
  );
  const upload = { ...where, UploadId };
  try {
    const Parts = await copyParts(store, source, upload, signal);
    const command = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } });
    await sdk.send(command, callOptions(signal));
    return { size: source.size };
  } catch (error) {
    // Whether or not the caller still waits: nobody else knows of the upload.
    await sdk.send(new AbortMultipartUploadCommand(upload)).catch(() => {});
    throw failureOf(error).status === 412 ? changed(target, error) : error;
  }
}

async function copyParts(
  store: Store,
  source: Source,
  upload: { readonly Bucket: string; readonly Key: string; readonly UploadId: string | undefined },
  signal: AbortSignal | undefined,
) {
  const { partSize: wished, concurrency } = store.settings.copy;
  const partSize = Math.max(wished, Math.ceil(source.size / MAX_PARTS));
  const count = Math.ceil(source.size / partSize);
  const parts: { PartNumber: number; ETag: string | undefined }[] = [];
  await forEachAtOnce(Array(count).keys(), Math.min(count, concurrency), async (index) => {
    const end = Math.min(source.size, (index + 1) * partSize) - 1;
    const command = new UploadPartCopyCommand({
      ...upload,
      PartNumber: index + 1,
      CopySource: source.name,
      CopySourceRange: `bytes=${index * partSize}-${end}`,
      ...(source.etag && { CopySourceIfMatch: source.etag }),
    });
    const { CopyPartResult } = await withPatience(signal, () => store.client.sdk.send(command, callOptions(signal)));
    parts[index] = { PartNumber: index + 1, ETag: CopyPartResult?.ETag };
  });
  return parts;
}

function changed(key: string, cause: unknown): DriverError {
  return new DriverError("unavailable", "copy", { key, cause, message: "the source changed while it was copied" });
}
