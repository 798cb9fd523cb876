import type { ObjectBytes } from "./contract.ts";

export function piecesOf(body: ObjectBytes): readonly Uint8Array[] {
  return body instanceof Uint8Array ? [body] : body;
}

export function sizeOf(body: ObjectBytes): number {
  let size = 0;
  for (const piece of piecesOf(body)) size += piece.length;
  return size;
}
