import { createHash } from "node:crypto";
import { piecesOf, sizeOf } from "../bytes.ts";
import type { ObjectBytes, WrittenObject } from "../contract.ts";
import type { HttpAnswer } from "./http.ts";
import { NEW_OBJECT } from "./info.ts";
import { dropSegments, takeApart } from "./large.ts";
import { nameOf } from "./names.ts";
import { type Store, tell, WRITTEN } from "./store.ts";

/** Longer bodies are not sent before it is known whether they may replace something. */
const TRY_FIRST_BYTES = 64 * 1024;

export async function putObject(
  store: Store,
  key: string,
  body: ObjectBytes,
  signal: AbortSignal | undefined,
): Promise<WrittenObject> {
  const name = nameOf(store.names, key, "put");
  const pieces = piecesOf(body);
  const size = sizeOf(pieces);

  // Nearly all small objects are new. Then one request is enough, where two would look for segments first.
  if (size <= TRY_FIRST_BYTES) {
    const answer = await putBytes(store, name, pieces, { ...NEW_OBJECT, "if-none-match": "*" }, signal);
    if (answer.status === 201) return { size };
  }
  const segments = await takeApart(store, key, "put", signal);
  await putBytes(store, name, pieces, NEW_OBJECT, signal);
  await dropSegments(store, key, segments);
  return { size };
}

/** Swift compares the sum with what arrived. */
export async function putBytes(
  store: Store,
  name: string,
  body: readonly Uint8Array[],
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<HttpAnswer> {
  const expect = "if-none-match" in headers ? [...WRITTEN, 412] : WRITTEN;
  return await tell(store, {
    method: "PUT",
    name,
    body,
    headers: { ...headers, etag: headers.etag ?? md5Of(body) },
    expect,
    signal,
  });
}

export function md5Of(body: readonly Uint8Array[]): string {
  const hash = createHash("md5");
  for (const piece of body) hash.update(piece);
  return hash.digest("hex");
}
