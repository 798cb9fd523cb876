import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { isConnectionError } from "../connection-errors.ts";
import type {
  MultipartLimits,
  MultipartUpload,
  MultipartUploads,
  ObjectBytes,
  PartReceipt,
  WrittenObject,
} from "../contract.ts";
import { DriverError } from "../errors.ts";
import { assertPartNumber, orderParts } from "../parts.ts";
import { withPatience } from "./again.ts";
import { fateOf, isGone, type UploadPlace } from "./completed.ts";
import { MAX_PART } from "./config.ts";
import { attempt, failureOf, s3Error } from "./errors.ts";
import { etagOf } from "./info.ts";
import { Payload } from "./payload.ts";
import { callOptions, newObject, place, type Store } from "./store.ts";
import { listUploads } from "./uploads-list.ts";

const PRINTABLE = /^[\x21-\x7e]+$/;
/** Stores over a file system have been seen to follow it. */
const CLIMBING = /(?:^|\/)\.{1,2}(?:\/|$)/;

/** Cloudflare's R2 finds out at the end, and refuses the whole object. */
const EQUAL_PARTS_ONLY = /\.r2\.cloudflarestorage\.com$/;

export function s3Multipart(store: Store): MultipartUploads {
  const { minPartSize, endpoint } = store.settings;
  const limits: MultipartLimits = {
    minPartSize,
    maxPartSize: MAX_PART,
    maxParts: 10_000,
    equalParts: EQUAL_PARTS_ONLY.test(endpoint?.url.hostname ?? ""),
  };
  const uploads: MultipartUploads = {
    limits,
    create: (key, { signal } = {}) => attempt("multipart.create", key, signal, () => createUpload(store, key, signal)),
    putPart: (upload, partNumber, body, { signal } = {}) =>
      attempt("multipart.putPart", upload.key, signal, async () => {
        assertPartNumber(upload, partNumber, limits);
        return await putPart(store, upload, partNumber, body, signal);
      }),
    complete: (upload, parts, { signal } = {}) =>
      attempt("multipart.complete", upload.key, signal, () =>
        completeUpload(store, upload, orderParts(upload, parts, limits), signal),
      ),
    abort: (upload, { signal } = {}) =>
      attempt("multipart.abort", upload.key, signal, () => abortUpload(store, upload, signal)),
  };
  if (!store.settings.listsUploads) return uploads;
  return { ...uploads, listUploads: (prefix, options = {}) => listUploads(store, prefix, options) };
}

async function createUpload(store: Store, key: string, signal: AbortSignal | undefined): Promise<MultipartUpload> {
  const operation = "multipart.create";
  const command = new CreateMultipartUploadCommand({ ...place(store, key, operation), ...newObject(store) });
  const { UploadId } = await store.client.sdk.send(command, callOptions(signal));
  if (!UploadId) throw new DriverError("unexpected", operation, { key, message: "the store gave the upload no id" });
  return { key, id: UploadId };
}

async function putPart(
  store: Store,
  upload: MultipartUpload,
  partNumber: number,
  body: ObjectBytes,
  signal: AbortSignal | undefined,
): Promise<PartReceipt> {
  const operation = "multipart.putPart";
  const where = uploadPlace(store, upload, operation);
  const Body = new Payload(body);
  try {
    const token = etagOf(await sendPart(store, where, partNumber, Body, signal));
    return { partNumber, size: Body.size, token };
  } catch (error) {
    const hungUp = isConnectionError(failureOf(error).code) && !signal?.aborted;
    throw hungUp && (await isGone(store, where, signal)) ? noSuchUpload(upload, operation) : error;
  }
}

/** Answers with the part's ETag. */
async function sendPart(
  store: Store,
  where: UploadPlace,
  partNumber: number,
  body: Payload,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const query = { partNumber: String(partNumber), uploadId: where.UploadId };
  const answer = await store.direct({ method: "PUT", key: where.Key, query, body, signal });
  if (answer) return answer.resume().headers.etag;
  const command = new UploadPartCommand({ ...where, PartNumber: partNumber, Body: body, ContentLength: body.size });
  return (await store.client.sdk.send(command, callOptions(signal))).ETag;
}

async function completeUpload(
  store: Store,
  upload: MultipartUpload,
  parts: readonly PartReceipt[],
  signal: AbortSignal | undefined,
): Promise<WrittenObject> {
  const operation = "multipart.complete";
  const where = uploadPlace(store, upload, operation);
  const Parts = parts.map((receipt) => completedPart(upload, receipt));
  const command = new CompleteMultipartUploadCommand({ ...where, MultipartUpload: { Parts } });
  await withPatience(signal, async () => {
    try {
      await store.client.sdk.send(command, callOptions(signal));
    } catch (error) {
      if (signal?.aborted || !s3Error(operation, upload.key, error).retryable) throw error;
      const fate = await fateOf(store, where, parts, signal);
      if (fate === "gone") throw noSuchUpload(upload, operation);
      if (fate === "open") throw error;
    }
  });
  return { size: parts.reduce((sum, part) => sum + part.size, 0) };
}

async function abortUpload(store: Store, upload: MultipartUpload, signal: AbortSignal | undefined): Promise<void> {
  try {
    const command = new AbortMultipartUploadCommand(uploadPlace(store, upload, "multipart.abort"));
    await store.client.sdk.send(command, callOptions(signal));
  } catch (error) {
    // Swift says NoSuchKey while somebody else takes the parts away.
    if (s3Error("multipart.abort", upload.key, error).kind !== "not_found") throw error;
  }
}

function uploadPlace(store: Store, upload: MultipartUpload, operation: string): UploadPlace {
  const where = place(store, upload.key, operation);
  if (PRINTABLE.test(upload.id) && !CLIMBING.test(upload.id)) return { ...where, UploadId: upload.id };
  throw noSuchUpload(upload, operation);
}

function noSuchUpload({ key }: MultipartUpload, operation: string): DriverError {
  return new DriverError("not_found", operation, { key, message: "no such upload" });
}

function completedPart({ key }: MultipartUpload, { partNumber, token }: PartReceipt) {
  if (PRINTABLE.test(token)) return { PartNumber: partNumber, ETag: `"${token}"` };
  const message = `no part ${partNumber} as in its receipt`;
  throw new DriverError("not_found", "multipart.complete", { key, message });
}
