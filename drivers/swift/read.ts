import type { ByteRange, ObjectBody, ObjectInfo } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { resolveRange } from "../ranges.ts";
import { streamBody } from "../stream-body.ts";
import { swiftError } from "./errors.ts";
import { drain, type HttpAnswer } from "./http.ts";
import { infoOf } from "./info.ts";
import { nameOf } from "./names.ts";
import { call, type Store } from "./store.ts";

export interface FoundObject {
  readonly info: ObjectInfo;
  readonly answer: HttpAnswer;
}

/** `undefined`: there is none. */
export async function findObject(
  store: Store,
  key: string,
  operation: string,
  signal: AbortSignal | undefined,
): Promise<FoundObject | undefined> {
  const name = nameOf(store.names, key, operation);
  const answer = await call(store, { method: "HEAD", name, expect: [200, 404], signal });
  drain(answer);
  return answer.status === 404 ? undefined : { info: infoOf(answer, operation, key), answer };
}

export async function headObject(
  store: Store,
  key: string,
  operation: string,
  signal: AbortSignal | undefined,
): Promise<FoundObject> {
  const found = await findObject(store, key, operation, signal);
  if (!found) throw new DriverError("not_found", operation, { key });
  return found;
}

export async function openObject(
  store: Store,
  key: string,
  range: ByteRange | undefined,
  signal: AbortSignal | undefined,
): Promise<ObjectBody> {
  const name = nameOf(store.names, key, "get");
  if (range) resolveRange(range, Number.MAX_SAFE_INTEGER, "get", key);
  const headers = range ? { range: `bytes=${range.start}-${range.end ?? ""}` } : {};
  const answer = await call(store, { method: "GET", name, headers, expect: [range ? 206 : 200], signal });
  try {
    const info = infoOf(answer, "get", key);
    return streamBody({
      key,
      info,
      range: range && resolveRange(range, info.size, "get", key),
      stream: answer.body,
      explain: (error) => swiftError("get", key, error),
    });
  } catch (error) {
    answer.body.destroy();
    throw error;
  }
}
