import type { ObjectInfo } from "../contract.ts";
import { DriverError } from "../errors.ts";

/** What answers have in common. */
interface Stamped {
  readonly etag?: string | undefined;
  readonly lastModified?: Date | undefined;
}

export function infoOf(
  operation: string,
  key: string,
  size: number | undefined,
  { etag, lastModified }: Stamped,
): ObjectInfo {
  if (size !== undefined && etag !== undefined && lastModified !== undefined) {
    return { size, version: etag, lastModified };
  }
  throw new DriverError("unexpected", operation, { key, message: "an answer without size, ETag or date" });
}
