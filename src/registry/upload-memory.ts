/**
 * How much of all uploads together may be in memory at once. A part is reserved as a whole before it is filled: of many
 * uploads that each held half a part, none could go on.
 */
export interface UploadMemory {
  /** Bytes; a promise asks the caller to wait. In the order of asking. */
  reserve(bytes: number): Promise<void> | undefined;
  release(bytes: number): void;
}

/** More than the limit is granted when nothing else is reserved: else it would wait for ever. */
export function createUploadMemory(limitBytes: number): UploadMemory {
  const waiting: { readonly bytes: number; readonly grant: () => void }[] = [];
  let reserved = 0;

  const fits = (bytes: number) => reserved === 0 || reserved + bytes <= limitBytes;

  return {
    reserve(bytes) {
      if (waiting.length === 0 && fits(bytes)) {
        reserved += bytes;
        return undefined;
      }
      return new Promise((grant) => waiting.push({ bytes, grant }));
    },
    release(bytes) {
      reserved -= bytes;
      for (let next = waiting[0]; next && fits(next.bytes); next = waiting[0]) {
        waiting.shift();
        reserved += next.bytes;
        next.grant();
      }
    },
  };
}
