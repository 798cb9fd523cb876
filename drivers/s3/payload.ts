/** A body in pieces, as it came from the network: sent piece by piece, and never put together. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { piecesOf } from "../bytes.ts";
import type { ObjectBytes } from "../contract.ts";

export class Payload extends Readable {
  readonly pieces: readonly Uint8Array[];
  readonly size: number;
  readonly #left: Iterator<Uint8Array>;

  constructor(body: ObjectBytes) {
    super({ highWaterMark: 0 });
    this.pieces = piecesOf(body).filter(({ length }) => length > 0);
    this.size = this.pieces.reduce((sum, { length }) => sum + length, 0);
    this.#left = this.pieces.values();
  }

  override _read(): void {
    const { done, value } = this.#left.next();
    this.push(done ? null : value);
  }

  sha256(): string {
    const hash = createHash("sha256");
    for (const piece of this.pieces) hash.update(piece);
    return hash.digest("hex");
  }
}
