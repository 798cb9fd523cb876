import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { ByteRange, ObjectBody, ObjectInfo } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { explaining } from "../explaining.ts";
import { type ResolvedRange, resolveRange } from "../ranges.ts";
import { streamBody } from "../stream-body.ts";
import { gcsError } from "./errors.ts";
import { send, sendForJson } from "./http.ts";
import { FIELDS, infoOf, type Resource } from "./info.ts";
import { objectPath, type Store } from "./store.ts";

export async function headObject(
  store: Store,
  key: string,
  operation: string,
  signal: AbortSignal | undefined,
): Promise<ObjectInfo> {
  const path = objectPath(store, key, operation);
  const query = { fields: FIELDS };
  return infoOf(operation, key, await sendForJson<Resource>(store.connection, { method: "GET", path, query }, signal));
}

export async function openObject(
  store: Store,
  key: string,
  range: ByteRange | undefined,
  signal: AbortSignal | undefined,
): Promise<ObjectBody> {
  const path = objectPath(store, key, "get");
  if (range) resolveRange(range, Number.MAX_SAFE_INTEGER, "get", key);
  // Without the second of them, Cloud Storage would unpack what was stored packed.
  const headers = { ...rangeHeader(range), "accept-encoding": "gzip" };
  const answer = await send(store.connection, { method: "GET", path, query: { alt: "media" }, headers }, signal);
  const explain = (error: unknown) => (signal?.aborted ? signal.reason : gcsError("get", key, error));
  try {
    const { size, delivered } = deliveredBy(answer.headers, range, key);
    const info = infoOf("get", key, resourceOf(answer.headers, size));
    return streamBody({ key, info, range: delivered, stream: explaining(answer, explain), explain });
  } catch (error) {
    discard(answer);
    throw error;
  }
}

/** All of an empty object is no range. */
function rangeHeader(range: ByteRange | undefined): Record<string, string> {
  if (!range || (range.start === 0 && range.end === undefined)) return {};
  return { range: `bytes=${range.start}-${range.end ?? ""}` };
}

function deliveredBy(
  headers: IncomingHttpHeaders,
  range: ByteRange | undefined,
  key: string,
): { readonly size: string | undefined; readonly delivered: ResolvedRange | undefined } {
  const { "content-length": length, "content-range": told } = headers;
  const [, total] = told?.match(/\/(\d+)$/) ?? [];
  const size = total ?? length;
  if (!range) return { size, delivered: undefined };
  const wanted = resolveRange(range, Number(size ?? 0), "get", key);
  if (Number(length) !== wanted.end - wanted.start + 1) {
    const message = `the store answered ${told ?? "everything"} to bytes ${range.start}-${range.end ?? ""}`;
    throw new DriverError("unexpected", "get", { key, message });
  }
  return { size, delivered: wanted };
}

function resourceOf(headers: IncomingHttpHeaders, size: string | undefined): Resource {
  const { "x-goog-generation": generation, "last-modified": updated } = headers;
  return {
    ...(size === undefined ? {} : { size }),
    ...(typeof generation === "string" ? { generation } : {}),
    ...(updated === undefined ? {} : { updated }),
  };
}

function discard(answer: IncomingMessage): void {
  answer.on("error", () => {}).destroy();
}
