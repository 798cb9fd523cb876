/**
 * The memory of bytes that have gone through this process, given back at once. V8 sees that it is free only when it has
 * gone through its whole heap, and does so for every 64 MiB that come by: measured, two thirds of what a download costs.
 */
import { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";

/**
 * For the chunks of an answer, which are copies that Node's parser has made for its reader; those of its socket are done with
 * as soon as they are parsed.
 */
export function ownedByAnswer(stream: Readable): typeof giveBack | undefined {
  if (!(stream instanceof IncomingMessage)) return undefined;
  const { socket } = stream;
  // Behind the parser's own listener, and gone before the socket has its next request.
  const stop = () => socket.off("data", giveBack);
  socket.on("data", giveBack);
  stream.once("end", stop).once("close", stop);
  return giveBack;
}

/** Nobody may look at the chunk again. */
export function giveBack({ buffer, byteLength }: Uint8Array): void {
  // A piece of something larger is not alone in it, and what was given back has nothing left.
  if (byteLength > 0 && byteLength === buffer.byteLength && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
