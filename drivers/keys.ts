/** Which names are keys, and how they are ordered. One answer for all drivers. */
import { DriverError } from "./errors.ts";

const BAD_SEGMENT = /(?:^|\/)\.{0,2}(?:\/|$)/;

export function assertKey(key: string, operation: string): void {
  const valid = !BAD_SEGMENT.test(key) && !key.includes("\0") && key.isWellFormed();
  if (!valid) throw new DriverError("key_invalid", operation, { key, message: "not the name of an object" });
}

/** The last segment of a prefix may be anything, since it may be the beginning of something else: "a/.." of "a/..b". */
export function assertPrefix(prefix: string, operation: string): void {
  const directory = prefix.slice(0, Math.max(0, prefix.lastIndexOf("/")));
  if (directory !== "" || prefix.startsWith("/")) assertKey(directory, operation);
  if (prefix.includes("\0")) throw new DriverError("key_invalid", operation, { key: prefix, message: "holds a NUL" });
}

/**
 * By UTF-8 bytes. JavaScript compares UTF-16 units, where a surrogate sorts below U+E000 although its character is above.
 * `from`: how much both are known to share.
 */
export function compareKeys(a: string, b: string, from = 0): number {
  const shorter = Math.min(a.length, b.length);
  for (let index = from; index < shorter; index++) {
    const difference = rank(a.charCodeAt(index)) - rank(b.charCodeAt(index));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
