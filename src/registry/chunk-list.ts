/** Chunks from a socket, kept as they came, until enough of them are together. */

/**
 * A small chunk pins the whole buffer that it was cut from: a client that sends a byte at a time could hold 64 KiB for each.
 * Those are copied together; large ones are kept as they are.
 */
const COPY_BELOW = 16 * 1024;
const BLOCK = 64 * 1024;

export class ChunkList {
  /** Bytes. */
  size = 0;
  #chunks: Uint8Array[] = [];
  /** The block that small chunks are copied to, and how much of it is used. */
  #block: Buffer | undefined;
  #used = 0;

  static of(chunks: readonly Uint8Array[]): ChunkList {
    const list = new ChunkList();
    for (const chunk of chunks) list.push(chunk);
    return list;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.size += chunk.length;
    if (chunk.length >= COPY_BELOW) {
      this.#closeBlock();
      this.#chunks.push(chunk);
      return;
    }
    if (this.#block && this.#used + chunk.length > BLOCK) this.#closeBlock();
    this.#block ??= Buffer.allocUnsafe(BLOCK);
    this.#block.set(chunk, this.#used);
    this.#used += chunk.length;
  }

  /** Removes the first `count` bytes and gives them back. Default: all. */
  take(count: number = this.size): Uint8Array[] {
    this.#closeBlock();
    const taken: Uint8Array[] = [];
    let missing = count;
    while (missing > 0) {
      const chunk = this.#chunks[0];
      if (chunk === undefined) break;
      if (chunk.length <= missing) {
        taken.push(chunk);
        this.#chunks.shift();
      } else {
        taken.push(chunk.subarray(0, missing));
        this.#chunks[0] = chunk.subarray(missing);
      }
      missing -= Math.min(chunk.length, missing);
    }
    this.size -= count - missing;
    return taken;
  }

  #closeBlock(): void {
    if (this.#block && this.#used > 0) this.#chunks.push(this.#block.subarray(0, this.#used));
    this.#block = undefined;
    this.#used = 0;
  }
}
