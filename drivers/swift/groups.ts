/**
 * The segments of one upload, under names in which its key and its id can be read:
 *
 *     <prefix>/segments/moorage/<key>/<id>/00001-<nonce>        a part
 *                                          list-00001-<nonce>   a manifest of parts, where one cannot hold them all
 *                                          open                 the upload exists
 *                                          completing           it is about to be published
 *                                          ending               its segments go, unless they are published
 *
 * Who publishes and who ends an upload write their flag first and look for the other's then, so one of them sees the
 * other. Swift has nothing better: its create-only writes may have several winners.
 */
import { randomBytes, randomUUID } from "node:crypto";
import type { MultipartUpload, PartReceipt } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { assertKey } from "../keys.ts";
import { assertLength, type Names } from "./names.ts";

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const LEAF = /^(.+)\/([0-9a-f-]{36})\/([^/]+)$/;
const TOKEN = /^([0-9a-f]{16})-([0-9a-f]{32})$/;
/** Hexadecimal digits. */
const NONCE_LENGTH = 16;
const LONGEST_LEAF = "list-00001-0123456789abcdef";

export type Flag = "open" | "completing" | "ending";
export const FLAGS: readonly string[] = ["open", "completing", "ending"] satisfies readonly Flag[];

/** Ends in "/". */
export type GroupName = string;

export interface Segment {
  readonly name: string;
  readonly size: number;
  /** Of its bytes; of a manifest: of its segments' sums, one after the other. */
  readonly md5: string;
}

export function newUpload(names: Names, key: string): MultipartUpload {
  assertKey(key, "multipart.create");
  const upload = { key, id: randomUUID() };
  assertLength(names, `${names.groups}${key}/${upload.id}/${LONGEST_LEAF}`, "multipart.create", key);
  return upload;
}

/** `undefined`: no upload ever had that id. */
export function groupOf(names: Names, { key, id }: MultipartUpload): GroupName | undefined {
  return ID.test(id) ? `${names.groups}${key}/${id}/` : undefined;
}

export function groupOrNone(names: Names, upload: MultipartUpload, operation: string): GroupName {
  const group = groupOf(names, upload);
  if (group === undefined) throw noUpload(upload, operation);
  return group;
}

export function noUpload({ key }: MultipartUpload, operation: string): DriverError {
  return new DriverError("not_found", operation, { key, message: "no such upload" });
}

export function newPartName(group: GroupName, partNumber: number) {
  const nonce = newNonce();
  return { name: partName(group, partNumber, nonce), nonce };
}

/**
 * Several requests that end one upload add the same last part. Where each had a name of its own, whoever publishes first
 * would take away what the others are about to publish.
 */
export function nameOfBytes(group: GroupName, partNumber: number, md5: string) {
  const nonce = md5.slice(0, NONCE_LENGTH);
  return { name: partName(group, partNumber, nonce), nonce };
}

export function newListName(group: GroupName, index: number): string {
  return `${group}list-${padded(index + 1)}-${newNonce()}`;
}

export function receiptOf(partNumber: number, nonce: string, { size, md5 }: Segment): PartReceipt {
  return { partNumber, size, token: `${nonce}-${md5}` };
}

/** `undefined`: no part of ours ever had that receipt. */
export function segmentOf(group: GroupName, { partNumber, size, token }: PartReceipt): Segment | undefined {
  const [, nonce, md5] = TOKEN.exec(token) ?? [];
  if (nonce === undefined || md5 === undefined) return undefined;
  return { name: partName(group, partNumber, nonce), size, md5 };
}

/** What a name in the tree of the groups tells. */
export function parseGroupName(names: Names, name: string) {
  const [, key, id, leaf] = LEAF.exec(name.slice(names.groups.length)) ?? [];
  if (key === undefined || id === undefined || leaf === undefined || !ID.test(id)) return undefined;
  return { key, id, leaf, group: `${names.groups}${key}/${id}/` };
}

function partName(group: GroupName, partNumber: number, nonce: string): string {
  return `${group}${padded(partNumber)}-${nonce}`;
}

function padded(number: number): string {
  return String(number).padStart(5, "0");
}

function newNonce(): string {
  return randomBytes(NONCE_LENGTH / 2).toString("hex");
}
