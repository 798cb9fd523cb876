import { piecesOf } from "../bytes.ts";
import type { ObjectBytes } from "../contract.ts";

/** A buffer of its own: the caller may use its memory again. */
export function copyOf(body: ObjectBytes): Buffer {
  return Buffer.concat(piecesOf(body));
}
