import { Writable } from "node:stream";

export interface CollectingWritable {
  readonly out: Writable;
  received(): Buffer;
  /** The most that ever waited in it. */
  peak(): number;
}

/** Takes each chunk a turn of the event loop later, so that whoever does not wait for it is seen. */
export function collectingWritable(options: { readonly highWaterMark?: number } = {}): CollectingWritable {
  const chunks: Buffer[] = [];
  let peak = 0;
  const out = new Writable({
    ...options,
    write(chunk: Buffer, _encoding, done) {
      // A copy: the sender may use its memory again once the chunk is taken.
      chunks.push(Buffer.from(chunk));
      peak = Math.max(peak, out.writableLength);
      setImmediate(done);
    },
  });
  return { out, received: () => Buffer.concat(chunks), peak: () => peak };
}

/** Takes that many chunks, then nothing, and never says so. */
export function stuckWritable(chunks: number): { readonly out: Writable; readonly stuck: Promise<void> } {
  const { promise: stuck, resolve } = Promise.withResolvers<void>();
  let taken = 0;
  const out = new Writable({
    highWaterMark: 1,
    write(_chunk, _encoding, done) {
      taken += 1;
      if (taken <= chunks) setImmediate(done);
      else resolve();
    },
  });
  return { out, stuck };
}
