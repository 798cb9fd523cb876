import { Readable } from "node:stream";
import { piecesOf, sizeOf } from "../bytes.ts";
import type { ObjectBytes } from "../contract.ts";

export interface Payload {
  readonly size: number;
  readonly pieces: readonly Uint8Array[];
  /** As the client takes it. A stream is made anew for each attempt. */
  readonly body: Uint8Array | (() => Readable);
}

/** Below this, copying costs less than a stream. */
const SMALL = 64 * 1024;

export function payloadOf(bytes: ObjectBytes): Payload {
  const pieces = piecesOf(bytes).filter((piece) => piece.length > 0);
  const size = sizeOf(pieces);
  const [only] = pieces;
  if (only && pieces.length === 1) return { size, pieces, body: only };
  return { size, pieces, body: size <= SMALL ? Buffer.concat(pieces) : () => Readable.from(pieces) };
}
