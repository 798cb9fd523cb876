import type { ObjectBytes } from "./contract.ts";

export function piecesOf(body: ObjectBytes): readonly Uint8Array[] {
  return body instanceof Uint8Array ? [body] : body;
}

export function sizeOf(pieces: readonly Uint8Array[]): number {
  let size = 0;
  for (const piece of pieces) size += piece.length;
  return size;
}
