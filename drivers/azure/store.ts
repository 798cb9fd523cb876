import type { BlobClient, BlockBlobClient, ContainerClient } from "@azure/storage-blob";
import type { DriverContext } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { assertKey } from "../keys.ts";
import type { SourceOf } from "./sources.ts";

/** Where the objects are. */
export interface Place {
  readonly container: ContainerClient;
  /** In front of every key: empty, or ends in "/". */
  readonly root: string;
}

/** What the operations share. */
export interface Store extends Place {
  readonly sourceOf: SourceOf;
  readonly limits: Limits;
  readonly warn: DriverContext["warn"];
}

export interface Limits {
  /** The largest blob that is copied with one request, in bytes. */
  readonly copyWhole: number;
  /** Larger ones are copied in blocks of that many bytes. */
  readonly copyBlock: number;
  /** Entries of a listing that are asked for at once. */
  readonly page: number;
}

/** All that is ever stored. */
export const HEADERS = { blobContentType: "application/octet-stream" };

const LONGEST_NAME = 1024;
/**
 * A backslash becomes a slash on the way. A listing is XML, which has no way to write control characters and the two
 * noncharacters at the end of the basic plane.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSPEAKABLE = /[\u0000-\u001f\\\ufffe\uffff]/;

export function blobName({ root }: Place, key: string, operation: string): string {
  assertKey(key, operation);
  const name = root + key;
  if (UNSPEAKABLE.test(key)) {
    const message = "Azure cannot list a name with a backslash or a control character";
    throw new DriverError("key_invalid", operation, { key, message });
  }
  if (name.length > LONGEST_NAME) {
    throw new DriverError("key_invalid", operation, { key, message: `longer than ${LONGEST_NAME} characters` });
  }
  return name;
}

export function blobOf(store: Place, key: string, operation: string): BlobClient {
  return store.container.getBlobClient(blobName(store, key, operation));
}

export function blockBlobOf(store: Store, key: string, operation: string): BlockBlobClient {
  return store.container.getBlockBlobClient(blobName(store, key, operation));
}

export function callOptions(signal: AbortSignal | undefined) {
  return signal ? { abortSignal: signal } : {};
}
