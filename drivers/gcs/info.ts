import type { ObjectInfo } from "../contract.ts";
import { DriverError } from "../errors.ts";

/** An object as the JSON API tells of it. */
export interface Resource {
  readonly name?: string;
  readonly size?: string;
  readonly generation?: string;
  readonly updated?: string;
}

/** What is to be told of it. */
export const FIELDS = "size,generation,updated";

export function infoOf(operation: string, key: string, { size, generation, updated }: Resource): ObjectInfo {
  const bytes = Number(size);
  const date = wholeSeconds(updated);
  if (size === undefined || Number.isNaN(bytes) || generation === undefined || date === undefined) {
    throw new DriverError("unexpected", operation, { key, message: "an answer without size, generation or date" });
  }
  return { size: bytes, version: generation, lastModified: date };
}

/** The header of a download tells no more. */
export function wholeSeconds(text: string | undefined): Date | undefined {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? undefined : new Date(Math.floor(time / 1000) * 1000);
}
