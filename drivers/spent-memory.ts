/**
 * The memory of bytes that have gone through this process, given back at once. V8 sees that it is free only when it has
 * gone through its whole heap, and does so for every 64 MiB that come by: measured, two thirds of what a download costs.
 */
import { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";

/** Nobody may look at the chunk again. */
export type GiveBack = (chunk: Buffer) => void;

/** Chunks of an answer are copies that Node's parser has made for its reader; those of its socket are done with by then. */
export function ownedChunks(stream: Readable): GiveBack | undefined {
  if (!(stream instanceof IncomingMessage)) return undefined;
  const { socket } = stream;
  // Behind the parser's own listener, and gone before the socket has its next request.
  const stop = () => socket.off("data", giveBack);
  socket.on("data", giveBack);
  stream.once("end", stop).once("close", stop);
  return giveBack;
}

function giveBack({ buffer, byteLength }: Buffer): void {
  // A piece of something larger is not alone in it, and what was given back has nothing left.
  if (byteLength > 0 && byteLength === buffer.byteLength && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
