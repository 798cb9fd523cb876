import type { MultipartLimits, MultipartUpload, PartReceipt } from "./contract.ts";
import { DriverError } from "./errors.ts";

/** The parts of an object in its order. Rejects what no store could put together. */
export function orderParts(
  upload: MultipartUpload,
  parts: readonly PartReceipt[],
  limits: MultipartLimits,
): readonly PartReceipt[] {
  const ordered = parts.toSorted((a, b) => a.partNumber - b.partNumber);
  const problem = ordered.length === 0 ? "no parts" : problemOf(ordered, limits);
  if (problem) throw new DriverError("unexpected", "multipart.complete", { key: upload.key, message: problem });
  return ordered;
}

export function assertPartNumber(upload: MultipartUpload, partNumber: number, limits: MultipartLimits): void {
  if (Number.isSafeInteger(partNumber) && partNumber >= 1 && partNumber <= limits.maxParts) return;
  const message = `part number ${partNumber} is not within 1 and ${limits.maxParts}`;
  throw new DriverError("unexpected", "multipart.putPart", { key: upload.key, message });
}

function problemOf(ordered: readonly PartReceipt[], limits: MultipartLimits): string | undefined {
  for (const [index, { partNumber, size }] of ordered.entries()) {
    if (ordered[index + 1]?.partNumber === partNumber) return `two receipts for part ${partNumber}`;
    if (size > limits.maxPartSize) return `part ${partNumber} is larger than ${limits.maxPartSize} bytes`;
    const last = index === ordered.length - 1;
    if (!last && size < limits.minPartSize) return `part ${partNumber} is smaller than ${limits.minPartSize} bytes`;
  }
  return undefined;
}
