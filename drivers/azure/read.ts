import type { Readable } from "node:stream";
import type { BlobDownloadResponseParsed } from "@azure/storage-blob";
import type { ByteRange, ObjectBody, ObjectInfo } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { explaining } from "../explaining.ts";
import { type ResolvedRange, resolveRange } from "../ranges.ts";
import { streamBody } from "../stream-body.ts";
import { azureError } from "./errors.ts";
import { infoOf } from "./info.ts";
import { blobOf, callOptions, type Store } from "./store.ts";

export async function headObject(store: Store, key: string, signal: AbortSignal | undefined): Promise<ObjectInfo> {
  const properties = await blobOf(store, key, "head").getProperties(callOptions(signal));
  return infoOf("head", key, properties.contentLength, properties);
}

export async function openObject(
  store: Store,
  key: string,
  range: ByteRange | undefined,
  signal: AbortSignal | undefined,
): Promise<ObjectBody> {
  const blob = blobOf(store, key, "get");
  if (range) resolveRange(range, Number.MAX_SAFE_INTEGER, "get", key);
  const { start = 0, end } = range ?? {};
  const answer = await blob.download(start, end === undefined ? undefined : end - start + 1, callOptions(signal));
  const stream = answer.readableStreamBody as Readable;
  const explain = (error: unknown) => (signal?.aborted ? signal.reason : azureError("get", key, error));
  try {
    const { size, delivered } = deliveredBy(answer, range, key);
    const info = infoOf("get", key, size, answer);
    return streamBody({ key, info, range: delivered, stream: explaining(stream, explain), explain });
  } catch (error) {
    stream.on("error", () => {}).destroy();
    throw error;
  }
}

/** An emulator answers with nothing, not with 416, to a range that begins at the end; so the size decides. */
function deliveredBy(
  { contentRange, contentLength }: BlobDownloadResponseParsed,
  range: ByteRange | undefined,
  key: string,
): { readonly size: number | undefined; readonly delivered: ResolvedRange | undefined } {
  if (!range) return { size: contentLength, delivered: undefined };
  const [, total] = contentRange?.match(/\/(\d+)$/) ?? [];
  const size = total === undefined ? contentLength : Number(total);
  const wanted = resolveRange(range, size ?? 0, "get", key);
  if (contentLength !== wanted.end - wanted.start + 1) {
    const message = `the store answered ${contentRange ?? "everything"} to bytes ${range.start}-${range.end ?? ""}`;
    throw new DriverError("unexpected", "get", { key, message });
  }
  return { size, delivered: wanted };
}
