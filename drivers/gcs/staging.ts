/**
 * Where the parts of uploads are: `moorage/parts/<upload>/<part>/<key>`. All of them tell what they are for, so that also
 * those of an upload that is gone can be found and removed.
 */
import { randomBytes } from "node:crypto";
import type { MultipartUpload, PartReceipt } from "../contract.ts";

export const STAGING = "moorage/parts/";

const ID = /^[0-9a-f]{32}$/;
const STAGED = /^moorage\/parts\/([0-9a-f]{32})\/([0-9a-z-]+)\/(.+)$/s;
/** The part that stands for the upload itself. */
const MARKER = "upload";

export function newId(): string {
  return randomBytes(16).toString("hex");
}

export function isId(id: string): boolean {
  return ID.test(id);
}

/** With which the keys of all parts of an upload begin. */
export function uploadPrefix({ id }: MultipartUpload): string {
  return `${STAGING}${id}/`;
}

export function markerKey(upload: MultipartUpload): string {
  return stagedKey(upload, MARKER);
}

export function stagedKey(upload: MultipartUpload, part: string): string {
  return `${uploadPrefix(upload)}${part}/${upload.key}`;
}

/** A nonce tells the writers of one part number apart. */
export function newToken(partNumber: number, size: number): string {
  return `${partNumber}-${size}-${newId()}`;
}

export function isTokenOf(receipt: PartReceipt): boolean {
  const { token, partNumber, size } = receipt;
  const start = `${partNumber}-${size}-`;
  return token.startsWith(start) && isId(token.slice(start.length));
}

export function newComposedKey(upload: MultipartUpload): string {
  return stagedKey(upload, `composed-${newId()}`);
}

/** `undefined`: of somebody else. */
export function parseStaged(key: string): MultipartUpload | undefined {
  const [, id, , target] = key.match(STAGED) ?? [];
  return id === undefined || target === undefined ? undefined : { id, key: target };
}
