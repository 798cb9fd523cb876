/** Bytes and numbers that look random and are the same in each run: a failure can be repeated with its seed. */
import { createCipheriv, hash } from "node:crypto";

export interface Random {
  bytes(length: number): Buffer;
  /** From 0 to below `limit`. */
  below(limit: number): number;
}

export function createRandom(seed: string): Random {
  const stream = createCipheriv("aes-128-ctr", Buffer.from(hash("md5", seed), "hex"), Buffer.alloc(16));
  const bytes = (length: number) => stream.update(Buffer.alloc(length));
  return { bytes, below: (limit) => bytes(6).readUIntBE(0, 6) % limit };
}

const CHUNK_BYTES = 1024 * 1024;

/** `size` bytes, never many of them in memory. */
export function* randomChunks(seed: string, size: number): Generator<Buffer> {
  const random = createRandom(seed);
  for (let left = size; left > 0; left -= CHUNK_BYTES) yield random.bytes(Math.min(left, CHUNK_BYTES));
}
