/** Where blobs are made that are not to be seen yet. Their names tell what they will be. */
import { randomBytes } from "node:crypto";
import { blobName, type Store } from "./store.ts";

/** Below the root. Then comes the id of an upload, and the key that it is for. */
export const STAGING = "moorage/parts/";

const ID = /^[0-9a-f]{32}$/;

export function newId(): string {
  return randomBytes(16).toString("hex");
}

export function isId(text: string): boolean {
  return ID.test(text);
}

export function stagedName(store: Store, id: string, key: string, operation: string): string {
  blobName(store, key, operation);
  return blobName(store, `${STAGING}${id}/${key}`, operation);
}

/** `undefined`: of somebody else. */
export function parseStaged(key: string): { readonly id: string; readonly key: string } | undefined {
  const id = key.slice(STAGING.length, STAGING.length + 32);
  const wanted = key.slice(STAGING.length + 33);
  return key.startsWith(`${STAGING}${id}/`) && isId(id) && wanted !== "" ? { id, key: wanted } : undefined;
}
