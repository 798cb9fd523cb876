import type { DriverContext } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { assertKey } from "../keys.ts";
import type { Connection } from "./http.ts";

/** What the operations share. */
export interface Store {
  readonly connection: Connection;
  readonly bucket: string;
  /** In front of every key: empty, or ends in "/". */
  readonly root: string;
  readonly limits: Limits;
  readonly warn: DriverContext["warn"];
}

export interface Limits {
  /** Objects that one compose takes. */
  readonly compose: number;
  /** Entries of a listing that are asked for at once. */
  readonly page: number;
}

export const CONTENT_TYPE = "application/octet-stream";
const LONGEST_NAME = 1024;

export function objectName({ root }: Pick<Store, "root">, key: string, operation: string): string {
  assertKey(key, operation);
  const name = root + key;
  if (/[\r\n]/.test(name)) {
    throw new DriverError("key_invalid", operation, { key, message: "Cloud Storage has no names with line breaks" });
  }
  if (Buffer.byteLength(name) > LONGEST_NAME) {
    throw new DriverError("key_invalid", operation, { key, message: `longer than ${LONGEST_NAME} bytes` });
  }
  return name;
}

/** All objects of the bucket. */
export function objectsPath({ bucket }: Pick<Store, "bucket">): string {
  return `/storage/v1/b/${encodeURIComponent(bucket)}/o`;
}

export function objectPath(store: Store, key: string, operation: string): string {
  return `${objectsPath(store)}/${encodeURIComponent(objectName(store, key, operation))}`;
}
