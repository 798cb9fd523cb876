/**
 * An upload is a blob under a name of its own, because uncommitted blocks belong to a blob: committing some drops the
 * others, whoever wrote them. It exists, empty, from the start; complete commits it and copies it to its key.
 */
import type { BlockBlobClient } from "@azure/storage-blob";
import type { MultipartUpload, MultipartUploads, ObjectBytes, PartReceipt, WrittenObject } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { assertPartNumber, orderParts } from "../parts.ts";
import { withPatience } from "../patience.ts";
import { blockId, parseBlockId } from "./block-id.ts";
import { publish } from "./copy.ts";
import { attempt, azureError, hasCode } from "./errors.ts";
import { infoOf } from "./info.ts";
import { listObjects } from "./list.ts";
import { payloadOf } from "./payload.ts";
import { isId, newId, parseStaged, STAGING, stagedName } from "./staging.ts";
import { callOptions, HEADERS, type Store } from "./store.ts";

const MIB = 1024 ** 2;
const LIMITS = { minPartSize: 1, maxPartSize: 4000 * MIB, maxParts: 50_000 };

const explain = (error: unknown) => azureError("multipart.complete", undefined, error);

export function azureMultipart(store: Store): MultipartUploads {
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
  const id = newId();
  const staged = store.container.getBlockBlobClient(stagedName(store, id, key, "multipart.create"));
  await staged.upload("", 0, { blobHTTPHeaders: HEADERS, ...callOptions(signal) });
  return { key, id };
}

/** A block can be staged for a blob that is not there: nobody would see it, nor remove it before a week is over. */
async function putPart(
  store: Store,
  upload: MultipartUpload,
  partNumber: number,
  bytes: ObjectBytes,
  signal: AbortSignal | undefined,
): Promise<PartReceipt> {
  assertPartNumber(upload, partNumber, LIMITS);
  const staged = stagedOf(store, upload, "multipart.putPart");
  await staged.getProperties(callOptions(signal));
  const { body, size } = payloadOf(bytes);
  const token = blockId(partNumber, size);
  // Azure takes no block without a byte.
  if (size > 0) await staged.stageBlock(token, body, size, callOptions(signal));
  return { partNumber, size, token };
}

async function complete(
  store: Store,
  upload: MultipartUpload,
  parts: readonly PartReceipt[],
  signal: AbortSignal | undefined,
): Promise<WrittenObject> {
  const ordered = orderParts(upload, parts, LIMITS);
  for (const part of ordered) assertOurs(upload, part);
  const staged = stagedOf(store, upload, "multipart.complete");
  const etag = await commit(staged, upload, ordered, signal);
  const size = ordered.reduce((sum, part) => sum + part.size, 0);
  const source = { blob: staged, size, etag, isBlockBlob: true };
  const written = await publish(store, source, upload.key, "multipart.complete", signal);
  // The object is there. What is left of the upload is found by whoever looks for abandoned ones.
  await staged
    .deleteIfExists()
    .catch((cause: Error) => store.warn("a completed upload could not be removed", { key: upload.key, cause }));
  return written;
}

async function commit(
  staged: BlockBlobClient,
  upload: MultipartUpload,
  parts: readonly PartReceipt[],
  signal: AbortSignal | undefined,
): Promise<string> {
  const blocks = parts.filter(({ size }) => size > 0).map(({ token }) => token);
  const onlyIfThere = { conditions: { ifMatch: "*" } };
  try {
    const answer = await staged.commitBlockList(blocks, {
      blobHTTPHeaders: HEADERS,
      ...onlyIfThere,
      ...callOptions(signal),
    });
    return infoOf("multipart.complete", upload.key, 0, answer).version;
  } catch (error) {
    if (hasCode(error, "InvalidBlockList", "InvalidBlobOrBlock")) throw noSuch(upload, "no parts as in the receipts");
    if (hasCode(error, "ConditionNotMet", "BlobNotFound")) throw noSuch(upload, "no such upload");
    throw error;
  }
}

async function abort(store: Store, upload: MultipartUpload, signal: AbortSignal | undefined): Promise<void> {
  if (!isId(upload.id)) return;
  await stagedOf(store, upload, "multipart.abort").deleteIfExists(callOptions(signal));
}

async function* listUploads(store: Store, prefix: string, signal: AbortSignal | undefined) {
  for await (const entry of listObjects(store, STAGING, { signal })) {
    const upload = parseStaged(entry.key);
    if (entry.kind === "object" && upload?.key.startsWith(prefix)) yield { ...upload, startedAt: entry.lastModified };
  }
}

function stagedOf(store: Store, { key, id }: MultipartUpload, operation: string): BlockBlobClient {
  if (!isId(id)) throw new DriverError("not_found", operation, { key, message: "no such upload" });
  return store.container.getBlockBlobClient(stagedName(store, id, key, operation));
}

function assertOurs(upload: MultipartUpload, { partNumber, size, token }: PartReceipt): void {
  const block = parseBlockId(token);
  if (block?.number !== partNumber || block.size !== size)
    throw noSuch(upload, `no part ${partNumber} as in its receipt`);
}

function noSuch({ key }: MultipartUpload, message: string): DriverError {
  return new DriverError("not_found", "multipart.complete", { key, message });
}
