import { createHash } from "node:crypto";
import { piecesOf, sizeOf } from "../bytes.ts";
import type { ObjectBytes, ObjectInfo } from "../contract.ts";
import type { HttpAnswer } from "./http.ts";
import { newObject, writtenInfo } from "./info.ts";
import { dropSegments, takeApart } from "./large.ts";
import { nameOf } from "./names.ts";
import { type Store, tell } from "./store.ts";

/** Longer bodies are not sent before it is known whether they may replace something. */
const TRY_FIRST_BYTES = 64 * 1024;

export async function putObject(
  store: Store,
  key: string,
  body: ObjectBytes,
  signal: AbortSignal | undefined,
): Promise<ObjectInfo> {
  const name = nameOf(store.names, key, "put");
  const pieces = piecesOf(body);
  const size = sizeOf(pieces);
  const { version, headers } = newObject();

  // Nearly all small objects are new. Then one request is enough, where two would look for segments first.
  if (size <= TRY_FIRST_BYTES) {
    const answer = await putBytes(store, name, pieces, { ...headers, "if-none-match": "*" }, signal);
    if (answer.status === 201) return writtenInfo(answer, size, version);
  }
  const segments = await takeApart(store, key, "put", signal);
  const answer = await putBytes(store, name, pieces, headers, signal);
  await dropSegments(store, key, segments);
  return writtenInfo(answer, size, version);
}

/** Swift compares the sum with what arrived. */
export async function putBytes(
  store: Store,
  name: string,
  body: readonly Uint8Array[],
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<HttpAnswer> {
  const expect = "if-none-match" in headers ? [201, 412] : [201];
  return await tell(store, { method: "PUT", name, body, headers: { ...headers, etag: md5Of(body) }, expect, signal });
}

export function md5Of(body: readonly Uint8Array[]): string {
  const hash = createHash("md5");
  for (const piece of body) hash.update(piece);
  return hash.digest("hex");
}
