import type { ObjectInfo, WrittenObject } from "../contract.ts";
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

export function infoOf(operation: string, key: string, resource: Resource): ObjectInfo {
  const { size } = sizeIn(operation, key, resource);
  const { generation, updated } = resource;
  const date = wholeSeconds(updated);
  if (generation === undefined || date === undefined) throw incomplete(operation, key);
  return { size, version: generation, lastModified: date };
}

export function sizeIn(operation: string, key: string, { size }: Resource): WrittenObject {
  const bytes = Number(size ?? Number.NaN);
  if (Number.isNaN(bytes)) throw incomplete(operation, key);
  return { size: bytes };
}

function incomplete(operation: string, key: string): DriverError {
  return new DriverError("unexpected", operation, { key, message: "an answer without size, generation or date" });
}

/** The header of a download tells no more. */
function wholeSeconds(text: string | undefined): Date | undefined {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? undefined : new Date(Math.floor(time / 1000) * 1000);
}
