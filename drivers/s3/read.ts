import type { Readable } from "node:stream";
import { GetObjectCommand, type GetObjectCommandOutput } from "@aws-sdk/client-s3";
import type { ByteRange, ObjectBody } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { explaining } from "../explaining.ts";
import { type ResolvedRange, resolveRange } from "../ranges.ts";
import { streamBody } from "../stream-body.ts";
import { s3Error } from "./errors.ts";
import { infoOf, toldBy } from "./info.ts";
import { callOptions, place, type Store } from "./store.ts";

type Told = Parameters<typeof infoOf>[3] & Pick<GetObjectCommandOutput, "ContentLength" | "ContentRange">;

export async function openObject(
  store: Store,
  key: string,
  range: ByteRange | undefined,
  signal: AbortSignal | undefined,
): Promise<ObjectBody> {
  const where = place(store, key, "get");
  if (range) resolveRange(range, Number.MAX_SAFE_INTEGER, "get", key);
  const { told, stream } = await ask(store, where, range && `bytes=${range.start}-${range.end ?? ""}`, signal);
  const explain = (error: unknown) => (signal?.aborted ? signal.reason : s3Error("get", key, error));
  try {
    const { size, range: delivered } = deliveredBy(told, range, key);
    const info = infoOf("get", key, size, told);
    return streamBody({ key, info, range: delivered, stream: explaining(stream, explain), explain });
  } catch (error) {
    stream.on("error", () => {}).destroy();
    throw error;
  }
}

async function ask(
  { client, direct }: Store,
  where: ReturnType<typeof place>,
  range: string | undefined,
  signal: AbortSignal | undefined,
): Promise<{ readonly told: Told; readonly stream: Readable }> {
  const answer = await direct({ method: "GET", key: where.Key, headers: range ? { range } : {}, signal });
  if (answer) return { told: toldBy(answer), stream: answer };
  const told = await client.sdk.send(
    new GetObjectCommand(range ? { ...where, Range: range } : where),
    callOptions(signal),
  );
  return { told, stream: told.Body as Readable };
}

/** A store that ignores the range sends everything, and an empty object is all that may then be meant. */
function deliveredBy(
  { ContentRange, ContentLength }: Told,
  range: ByteRange | undefined,
  key: string,
): { readonly size: number | undefined; readonly range: ResolvedRange | undefined } {
  if (!range) return { size: ContentLength, range: undefined };
  const [, start, end, total] = ContentRange?.match(/^bytes (\d+)-(\d+)\/(\d+)$/) ?? [];
  const size = total === undefined ? ContentLength : Number(total);
  const wanted = resolveRange(range, size ?? 0, "get", key);
  if (Number(start) !== wanted.start || Number(end) !== wanted.end) {
    const message = `the store answered ${ContentRange ?? "everything"} to bytes ${range.start}-${range.end ?? ""}`;
    throw new DriverError("unexpected", "get", { key, message });
  }
  return { size, range: wanted };
}
