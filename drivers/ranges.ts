import type { ByteRange } from "./contract.ts";
import { DriverError } from "./errors.ts";

export interface ResolvedRange {
  readonly start: number;
  readonly end: number;
}

/** Where a range lies in an object of that size. Rejects a range that holds no byte of it. */
export function resolveRange(range: ByteRange, size: number, operation: string, key: string): ResolvedRange {
  const { start, end = Number.MAX_SAFE_INTEGER } = range;
  const sound = Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end >= start;
  if (!sound || start >= size) {
    const message = `bytes ${start}-${range.end ?? ""} of ${size}`;
    throw new DriverError("range_invalid", operation, { key, message });
  }
  return { start, end: Math.min(end, size - 1) };
}
