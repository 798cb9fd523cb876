/** Parts are segments, and a manifest makes an object of them. */
import { piecesOf, sizeOf } from "../bytes.ts";
import type { MultipartLimits, MultipartUpload, MultipartUploads, ObjectBytes, PartReceipt } from "../contract.ts";
import { assertPartNumber } from "../parts.ts";
import { abortUpload } from "./abort.ts";
import { completeUpload } from "./complete.ts";
import { attempt } from "./errors.ts";
import { ageOfFlag, raiseFlag } from "./flags.ts";
import { groupOrNone, nameOfBytes, newUpload, noUpload, receiptOf } from "./groups.ts";
import { readManifest } from "./manifests.ts";
import { nameOf } from "./names.ts";
import { removeNames } from "./remove.ts";
import type { Store } from "./store.ts";
import { listUploads } from "./uploads.ts";
import { md5Of, putBytes } from "./write.ts";

export function swiftMultipart(store: Store): MultipartUploads {
  const limits = limitsOf(store);
  return {
    limits,
    create: (key, { signal } = {}) => attempt("multipart.create", key, signal, () => createUpload(store, key, signal)),
    putPart: (upload, partNumber, body, { signal } = {}) =>
      attempt("multipart.putPart", upload.key, signal, async () => {
        assertPartNumber(upload, partNumber, limits);
        return await putPart(store, upload, partNumber, body, signal);
      }),
    complete: (upload, parts, { signal } = {}) =>
      attempt("multipart.complete", upload.key, signal, () => completeUpload(store, upload, parts, limits)),
    abort: (upload, { signal } = {}) =>
      attempt("multipart.abort", upload.key, signal, () => abortUpload(store, upload, signal)),
    listUploads: (prefix, { signal } = {}) => listUploads(store, prefix, signal),
  };
}

export function limitsOf({ limits }: Store): MultipartLimits {
  return { minPartSize: limits.minPartSize, maxPartSize: limits.objectSize, maxParts: 10_000 };
}

export async function createUpload(
  store: Store,
  key: string,
  signal: AbortSignal | undefined,
): Promise<MultipartUpload> {
  const upload = newUpload(store.names, key);
  const group = groupOrNone(store.names, upload, "multipart.create");
  await raiseFlag(store, group, "open", signal);
  return upload;
}

async function putPart(
  store: Store,
  upload: MultipartUpload,
  partNumber: number,
  body: ObjectBytes,
  signal: AbortSignal | undefined,
): Promise<PartReceipt> {
  const operation = "multipart.putPart";
  const group = groupOrNone(store.names, upload, operation);
  const pieces = piecesOf(body);
  const md5 = md5Of(pieces);
  const { name, nonce } = nameOfBytes(group, partNumber, md5);
  await putBytes(store, name, pieces, { etag: md5 }, signal);
  // Looked at afterwards: an upload that ends now deletes the parts that it finds, and this may not be among them.
  if ((await ageOfFlag(store, group, "open")) === undefined) {
    await removeUnpublished(store, upload, name);
    throw noUpload(upload, operation);
  }
  return receiptOf(partNumber, nonce, { name, size: sizeOf(pieces), md5 });
}

/** Another request may have published the same bytes as the same part. */
async function removeUnpublished(store: Store, { key }: MultipartUpload, part: string): Promise<void> {
  const published = await readManifest(store, nameOf(store.names, key, "multipart.putPart"), undefined);
  if (!published.includes(part)) await removeNames(store, [part], undefined);
}
