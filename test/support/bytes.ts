import { createCipheriv, createHash } from "node:crypto";

/** The same bytes for the same seed, and no two regions of them alike. */
export function bytesOf(size: number, seed = "seed"): Buffer {
  const key = createHash("sha256").update(seed).digest();
  return createCipheriv("aes-256-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

/** Bytes that show whether they are whole and unmixed: all alike, and their number is a function of them. */
export function uniformBytes(value: number): Buffer {
  return Buffer.alloc(1000 + value * 997, value);
}

export function isUniform(bytes: Uint8Array): boolean {
  return bytes[0] !== undefined && Buffer.compare(bytes, uniformBytes(bytes[0])) === 0;
}
