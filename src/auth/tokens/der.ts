/** As much of DER (X.690) as it takes to read the extensions of a certificate, which Node does not show. */

export interface DerValue {
  readonly tag: number;
  readonly content: Buffer;
}

/** Throws `RangeError` for what is no DER. */
export function readDer(bytes: Buffer): DerValue[] {
  const values: DerValue[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = byteAt(bytes, at);
    const { length, start } = readLength(bytes, at + 1);
    if (start + length > bytes.length) throw new RangeError("the value ends too soon");
    values.push({ tag, content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return values;
}

function readLength(bytes: Buffer, at: number): { readonly length: number; readonly start: number } {
  const first = byteAt(bytes, at);
  if (first < 0x80) return { length: first, start: at + 1 };
  const count = first & 0x7f;
  if (count === 0 || count > 4) throw new RangeError("that length is not for certificates");
  let length = 0;
  for (let i = 1; i <= count; i++) length = length * 256 + byteAt(bytes, at + i);
  return { length, start: at + 1 + count };
}

function byteAt(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new RangeError("the value ends too soon");
  return byte;
}
