/** A part is a file in the directory of its upload. */
import { randomUUID } from "node:crypto";
import { piecesOf, sizeOf } from "../bytes.ts";
import type {
  MultipartLimits,
  MultipartUpload,
  MultipartUploads,
  ObjectBytes,
  PartReceipt,
  PartWriter,
  WrittenObject,
} from "../contract.ts";
import { DriverError } from "../errors.ts";
import { assertPartNumber, orderParts } from "../parts.ts";
import { assemble, type PartPath } from "./assemble.ts";
import { codeOf, ignoring, open, unlink } from "./calls.ts";
import { syncDirectory } from "./directories.ts";
import { attempt } from "./errors.ts";
import { FilePartWriter } from "./part-writer.ts";
import { pathOf, type Store } from "./paths.ts";
import { createUpload, directoryOf, listUploads, removeUpload } from "./uploads.ts";
import { writeFile } from "./write.ts";

const LIMITS: MultipartLimits = { minPartSize: 1, maxPartSize: Number.MAX_SAFE_INTEGER, maxParts: 10_000 };
const TOKEN = /^[1-9][0-9]{0,4}-[0-9a-f-]{36}$/;

export function filesystemMultipart(store: Store): MultipartUploads {
  return {
    limits: LIMITS,
    create: (key, options) => attempt("multipart.create", key, options?.signal, () => createUpload(store, key)),
    putPart: (upload, partNumber, body, options) =>
      attempt("multipart.putPart", upload.key, options?.signal, () => putPart(store, upload, partNumber, body)),
    openPart: (upload, partNumber, options) =>
      attempt("multipart.openPart", upload.key, options?.signal, () =>
        openPart(store, upload, partNumber, options?.signal),
      ),
    complete: (upload, parts, options) =>
      attempt("multipart.complete", upload.key, options?.signal, () =>
        completeUpload(store, upload, parts, options?.signal),
      ),
    abort: (upload, options) =>
      attempt("multipart.abort", upload.key, options?.signal, () => removeUpload(store, upload)),
    listUploads: (prefix, options) => listUploads(store, prefix, options?.signal),
  };
}

async function putPart(
  store: Store,
  upload: MultipartUpload,
  partNumber: number,
  body: ObjectBytes,
): Promise<PartReceipt> {
  assertPartNumber(upload, partNumber, LIMITS);
  const directory = directoryOf(store, upload, "multipart.putPart");
  const token = `${partNumber}-${randomUUID()}`;
  const path = `${directory}/${token}`;
  try {
    await writeFile(store.disk, path, body);
  } catch (error) {
    await ignoring(["ENOENT"], () => unlink(path));
    throw error;
  }
  await syncDirectory(store.disk, directory);
  return { partNumber, size: sizeOf(piecesOf(body)), token };
}

async function openPart(
  store: Store,
  upload: MultipartUpload,
  partNumber: number,
  signal: AbortSignal | undefined,
): Promise<PartWriter> {
  assertPartNumber(upload, partNumber, LIMITS);
  const directory = directoryOf(store, upload, "multipart.openPart");
  const token = `${partNumber}-${randomUUID()}`;
  const path = `${directory}/${token}`;
  return new FilePartWriter({
    fd: await open(path, "wx"),
    path,
    key: upload.key,
    signal,
    syncName: () => syncDirectory(store.disk, directory),
    receipt: (size) => ({ partNumber, size, token }),
  });
}

async function completeUpload(
  store: Store,
  upload: MultipartUpload,
  parts: readonly PartReceipt[],
  signal: AbortSignal | undefined,
): Promise<WrittenObject> {
  const operation = "multipart.complete";
  const directory = directoryOf(store, upload, operation);
  const target = pathOf(store, upload.key, operation);
  const files: PartPath[] = [];
  for (const receipt of orderParts(upload, parts, LIMITS)) {
    const path = `${directory}/${receipt.token}`;
    const known = TOKEN.test(receipt.token) && receipt.token.startsWith(`${receipt.partNumber}-`);
    const found = known ? await store.disk.stat(path) : undefined;
    if ((found?.size ?? -1) !== receipt.size) throw lostPart(upload, receipt);
    files.push({ path, size: receipt.size });
  }
  const info = await unlessGone(store, upload, () => assemble(store, files, target, signal));
  // The object is there, and the answer must say so, whatever becomes of the parts.
  await removeUpload(store, upload).catch((cause) => store.warn("an upload's parts remain", { cause }));
  return info;
}

/** Of several that end one upload at the same time, the first takes its parts away. */
async function unlessGone<T>(store: Store, upload: MultipartUpload, work: () => Promise<T>): Promise<T> {
  const operation = "multipart.complete";
  try {
    return await work();
  } catch (cause) {
    if (codeOf(cause) !== "ENOENT" || (await store.disk.stat(directoryOf(store, upload, operation)))) throw cause;
    throw new DriverError("not_found", operation, { key: upload.key, message: "another request has ended it", cause });
  }
}

function lostPart({ key }: MultipartUpload, { partNumber }: PartReceipt): DriverError {
  const message = `no part ${partNumber} as in its receipt`;
  return new DriverError("not_found", "multipart.complete", { key, message });
}
