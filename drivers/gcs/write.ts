import { randomUUID } from "node:crypto";
import { piecesOf, sizeOf } from "../bytes.ts";
import type { ObjectBytes, WrittenObject } from "../contract.ts";
import { DriverError, isDriverError } from "../errors.ts";
import { crc32c } from "./crc32c.ts";
import { gcsError } from "./errors.ts";
import { type Body, sendForJson } from "./http.ts";
import { type Resource, sizeIn } from "./info.ts";
import { CONTENT_TYPE, objectName, objectsPath, type Store } from "./store.ts";

export interface Insertion {
  readonly key: string;
  readonly bytes: ObjectBytes;
  readonly operation: string;
  /** Where nothing is yet. */
  readonly onlyNew?: boolean | undefined;
}

/** With one request: what comes here is never more than a part, and a resumable upload would take two. */
export async function insertObject(
  store: Store,
  { key, bytes, operation, onlyNew = false }: Insertion,
  signal: AbortSignal | undefined,
): Promise<WrittenObject> {
  const name = objectName(store, key, operation);
  const pieces = piecesOf(bytes).filter((piece) => piece.length > 0);
  const metadata = { name, contentType: CONTENT_TYPE, crc32c: crc32c(pieces) };
  const call = {
    method: "POST",
    path: `/upload${objectsPath(store)}`,
    query: { uploadType: "multipart", fields: "size", ifGenerationMatch: onlyNew ? "0" : undefined },
    body: multipartBody(metadata, pieces),
  } as const;
  return sizeIn(operation, key, await sendForJson<Resource>(store.connection, call, signal));
}

export async function createObject(
  store: Store,
  key: string,
  bytes: ObjectBytes,
  signal: AbortSignal | undefined,
): Promise<WrittenObject> {
  const operation = "conditional.create";
  try {
    return await insertObject(store, { key, bytes, operation, onlyNew: true }, signal);
  } catch (error) {
    if (!isDriverError(gcsError(operation, key, error), "precondition_failed")) throw error;
    throw new DriverError("already_exists", operation, { key });
  }
}

/** The bytes as they came, between what announces and what ends them. */
function multipartBody(metadata: object, bytes: readonly Uint8Array[]): Body {
  const boundary = randomUUID();
  const start = [
    `--${boundary}`,
    "content-type: application/json; charset=utf-8",
    "",
    JSON.stringify(metadata),
    `--${boundary}`,
    `content-type: ${CONTENT_TYPE}`,
    "",
    "",
  ].join("\r\n");
  const pieces = joinSmall([Buffer.from(start), ...bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]);
  return { type: `multipart/related; boundary=${boundary}`, size: sizeOf(pieces), pieces };
}

/** Below this, copying costs less than writes of their own. */
const SMALL = 64 * 1024;

function joinSmall(pieces: readonly Uint8Array[]): readonly Uint8Array[] {
  return sizeOf(pieces) <= SMALL ? [Buffer.concat(pieces)] : pieces;
}
