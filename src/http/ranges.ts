/** Byte ranges: of a download, RFC 9110 section 14; of an upload's chunk, OCI distribution-spec, "Pushing a blob in chunks". */
import type { ByteRange } from "../../drivers/contract.ts";
import { RegistryError } from "../oci/errors.ts";

const RANGE = /^bytes=(\d{0,16})-(\d{0,16})$/i;
const CONTENT_RANGE = /^(\d{1,16})-(\d{1,16})$/;

export type RequestedRange = ByteRange | { readonly suffix: number };

/**
 * `undefined`: serve everything, as RFC 9110 allows for units and lists that a server does not serve. Throws
 * `range_unsatisfiable` for a range that ends before it starts.
 */
export function parseRange(header: string | undefined): RequestedRange | undefined {
  const [, first = "", last = ""] = RANGE.exec(header ?? "") ?? [];
  if (first === "") return last === "" ? undefined : { suffix: Number(last) };
  const start = Number(first);
  const end = last === "" ? undefined : Math.min(Number(last), Number.MAX_SAFE_INTEGER);
  if (end !== undefined && end < start) {
    throw new RegistryError("range_unsatisfiable", "the range ends before it starts");
  }
  return { start, end };
}

/** Of a body of `size` bytes. Throws `range_unsatisfiable`. */
export function resolveSuffix(range: RequestedRange, size: number): ByteRange {
  if (!("suffix" in range)) return range;
  if (range.suffix === 0 || size === 0) throw new RegistryError("range_unsatisfiable", "the range has no bytes");
  return { start: Math.max(0, size - range.suffix), end: size - 1 };
}

/** Throws `upload_invalid` for a malformed header. */
export function parseContentRange(
  header: string | undefined,
): { readonly start: number; readonly end: number } | undefined {
  if (header === undefined) return undefined;
  const [, first, last] = CONTENT_RANGE.exec(header.trim()) ?? [];
  const start = Number(first);
  const end = Number(last);
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || end < start) {
    throw new RegistryError("upload_invalid", "the Content-Range is not <first byte>-<last byte>");
  }
  return { start, end };
}
