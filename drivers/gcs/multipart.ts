/** Parts are objects of their own, which are composed in the end. So two writers of one part never meet. */
import { piecesOf, sizeOf } from "../bytes.ts";
import type { MultipartUpload, MultipartUploads, ObjectBytes, PartReceipt, WrittenObject } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { assertPartNumber, orderParts } from "../parts.ts";
import { withPatience } from "../patience.ts";
import { composeAll } from "./compose.ts";
import { deleteObject, deleteObjects } from "./delete.ts";
import { attempt, gcsError, isAbsent } from "./errors.ts";
import { listObjects } from "./list.ts";
import { headObject } from "./read.ts";
import { isId, isTokenOf, markerKey, newComposedKey, newId, newToken, stagedKey, uploadPrefix } from "./staging.ts";
import { objectName, type Store } from "./store.ts";
import { isOf, listUploads } from "./uploads-list.ts";
import { insertObject } from "./write.ts";

const GIB = 1024 ** 3;
const LIMITS = { minPartSize: 1, maxPartSize: 5 * GIB, maxParts: 10_000 };

const explain = (error: unknown) => gcsError("multipart.complete", undefined, error);

export function gcsMultipart(store: Store): MultipartUploads {
  return {
    limits: LIMITS,
    create: (key, { signal } = {}) => attempt("multipart.create", key, signal, () => create(store, key, signal)),
    putPart: (upload, partNumber, body, { signal } = {}) =>
      attempt("multipart.putPart", upload.key, signal, () => putPart(store, upload, partNumber, body, signal)),
    complete: (upload, parts, { signal } = {}) =>
      attempt("multipart.complete", upload.key, signal, () =>
        withPatience({ signal, explain }, () => complete(store, upload, parts, signal)),
      ),
    abort: (upload, { signal } = {}) =>
      attempt("multipart.abort", upload.key, signal, () => abort(store, upload, signal)),
    listUploads: (prefix, { signal } = {}) => listUploads(store, prefix, signal),
  };
}

async function create(store: Store, key: string, signal: AbortSignal | undefined): Promise<MultipartUpload> {
  const operation = "multipart.create";
  objectName(store, key, operation);
  const upload = { key, id: newId() };
  await insertObject(store, { key: markerKey(upload), bytes: [], operation }, signal);
  return upload;
}

/** Looks for the upload afterwards: whoever ends it removes the marker first, and then what parts there are. */
async function putPart(
  store: Store,
  upload: MultipartUpload,
  partNumber: number,
  bytes: ObjectBytes,
  signal: AbortSignal | undefined,
): Promise<PartReceipt> {
  const operation = "multipart.putPart";
  assertPartNumber(upload, partNumber, LIMITS);
  if (!isId(upload.id)) throw noSuch(upload, operation);
  const size = sizeOf(piecesOf(bytes));
  const token = newToken(partNumber, size);
  const key = stagedKey(upload, token);
  try {
    await insertObject(store, { key, bytes, operation }, signal);
    await headObject(store, markerKey(upload), operation, signal);
    return { partNumber, size, token };
  } catch (error) {
    // Nobody will ever name it. Should it arrive after this, it is found by whoever looks for abandoned uploads.
    await deleteObject(store, key, operation, undefined).catch(() => {});
    throw isAbsent(error) ? noSuch(upload, operation) : error;
  }
}

async function complete(
  store: Store,
  upload: MultipartUpload,
  parts: readonly PartReceipt[],
  signal: AbortSignal | undefined,
): Promise<WrittenObject> {
  const operation = "multipart.complete";
  const ordered = orderParts(upload, parts, LIMITS);
  const there = isId(upload.id) ? await sizesOf(store, upload, signal) : new Map<string, number>();
  if (!there.has(markerKey(upload))) throw noSuch(upload, operation);
  const pieces = ordered.map((part) => {
    const key = stagedKey(upload, part.token);
    if (isTokenOf(part) && there.get(key) === part.size) return key;
    throw noSuch(upload, operation, `no part ${part.partNumber} as in its receipt`);
  });
  const made: string[] = [];
  const newKey = () => {
    const key = newComposedKey(upload);
    made.push(key);
    return key;
  };
  const written = await composeAll(store, { pieces, key: upload.key, newKey }, signal);
  // The object is there. What is left of the upload is found by whoever looks for abandoned ones.
  await remove(store, upload, [...there.keys(), ...made], undefined).catch((cause: Error) =>
    store.warn("parts of a completed upload could not be removed", { key: upload.key, cause }),
  );
  return written;
}

async function abort(store: Store, upload: MultipartUpload, signal: AbortSignal | undefined): Promise<void> {
  if (!isId(upload.id)) return;
  await deleteObject(store, markerKey(upload), "multipart.abort", signal);
  const there = await sizesOf(store, upload, signal);
  await remove(store, upload, [...there.keys()], signal);
}

async function remove(
  store: Store,
  upload: MultipartUpload,
  keys: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  await deleteObject(store, markerKey(upload), "multipart.abort", signal);
  await deleteObjects(store, keys, "multipart.abort", signal);
}

/** All that there is of an upload. */
async function sizesOf(
  store: Store,
  upload: MultipartUpload,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for await (const entry of listObjects(store, uploadPrefix(upload), { signal })) {
    if (entry.kind === "object" && isOf(upload, entry.key)) sizes.set(entry.key, entry.size);
  }
  return sizes;
}

function noSuch({ key }: MultipartUpload, operation: string, message = "no such upload"): DriverError {
  return new DriverError("not_found", operation, { key, message });
}
