/** What headers and listings tell about an object. */
import { randomUUID } from "node:crypto";
import type { ObjectInfo } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { type HttpAnswer, header } from "./http.ts";

/** Swift keeps no mark of a write that the writer learns: its timestamp comes with reads only. So we bring one. */
const VERSION = "x-object-meta-moorage-version";

/** What each new object is given, whether it is put, copied, or made of parts. */
export function newObject(): { readonly version: string; readonly headers: Readonly<Record<string, string>> } {
  const version = randomUUID();
  return { version, headers: { [VERSION]: version, "content-type": "application/octet-stream" } };
}

export function writtenInfo(answer: HttpAnswer, size: number, version: string): ObjectInfo {
  return { size, version, lastModified: dateOf(answer) };
}

export function infoOf(answer: HttpAnswer, operation: string, key: string): ObjectInfo {
  const size = Number(header(answer, "content-range")?.match(/\/(\d+)$/)?.[1] ?? header(answer, "content-length"));
  if (!Number.isSafeInteger(size)) {
    throw new DriverError("unexpected", operation, { key, message: "the store does not tell the size" });
  }
  const version = header(answer, VERSION) ?? `${header(answer, "etag")}@${header(answer, "x-timestamp")}`;
  return { size, version, lastModified: dateOf(answer) };
}

function dateOf(answer: HttpAnswer): Date {
  return new Date(header(answer, "last-modified") ?? Number.NaN);
}

/** `2026-11-24T18:17:26.169470`. Headers tell whole seconds, rounded up, and so do we. */
export function dateInListing(text: string): Date {
  const [second = "", fraction = ""] = text.split(".");
  return new Date(Date.parse(`${second}Z`) + (Number(fraction) > 0 ? 1000 : 0));
}
