/** What headers and listings tell about an object. */
import type { ObjectInfo } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { type HttpAnswer, header } from "./http.ts";

/** What each new object is given, whether it is put, copied, or made of parts. */
export const NEW_OBJECT = { "content-type": "application/octet-stream" } as const;

export function infoOf(answer: HttpAnswer, operation: string, key: string): ObjectInfo {
  const size = Number(header(answer, "content-range")?.match(/\/(\d+)$/)?.[1] ?? header(answer, "content-length"));
  const timestamp = header(answer, "x-timestamp");
  if (!Number.isSafeInteger(size) || timestamp === undefined) {
    throw new DriverError("unexpected", operation, { key, message: "the store tells no size, or no date" });
  }
  return { size, version: `${timestamp} ${header(answer, "etag")}`, lastModified: dateInHeader(timestamp) };
}

/** `1795544246.16947` */
function dateInHeader(timestamp: string): Date {
  const [seconds, fraction = ""] = timestamp.split(".");
  return new Date(Number(seconds) * 1000 + Number(fraction.slice(0, 3).padEnd(3, "0")));
}

/** `2026-11-24T18:17:26.169470` */
export function dateInListing(text: string): Date {
  const [second = "", fraction = ""] = text.split(".");
  return new Date(`${second}.${fraction.slice(0, 3).padEnd(3, "0")}Z`);
}
