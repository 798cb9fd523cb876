/** Names of blocks. All of a blob's must be of one length; a nonce tells the writers of one part number apart. */
import { randomBytes } from "node:crypto";

const PLAIN = /^(\d{5})([0-9a-f]{8})[0-9a-f]{32}$/;

export function blockId(number: number, size: number): string {
  const plain = String(number).padStart(5, "0") + size.toString(16).padStart(8, "0") + randomBytes(16).toString("hex");
  return Buffer.from(plain).toString("base64");
}

/** `undefined`: not one of ours. */
export function parseBlockId(id: string): { readonly number: number; readonly size: number } | undefined {
  const plain = Buffer.from(id, "base64").toString("latin1");
  const [, number, size] = plain.match(PLAIN) ?? [];
  if (number === undefined || size === undefined || Buffer.from(plain).toString("base64") !== id) return undefined;
  return { number: Number(number), size: Number.parseInt(size, 16) };
}
