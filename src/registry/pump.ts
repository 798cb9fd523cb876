/** From a readable to a function, at the speed of the slower. */
import type { Readable } from "node:stream";

/**
 * Calls `write` with each chunk; where it returns a promise, waits for it before the next. Resolves at the end of the source.
 * Rejects with the source's error, with an error of the source's premature close, or with that of `write`: then the
 * source is left paused, and what to do with the rest is up to its owner.
 */
export function pump(source: Readable, write: (chunk: Buffer) => Promise<void> | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (error?: unknown) => {
      source.off("data", onData).off("end", onEnd).off("error", finish).off("close", onClose);
      if (error === undefined) return resolve();
      source.pause();
      // Between here and its owner nobody listens, and an error without a listener ends the process.
      source.on("error", () => {});
      reject(error);
    };
    const onData = (chunk: Buffer) => {
      try {
        const wait = write(chunk);
        if (wait === undefined) return;
        source.pause();
        wait.then(() => source.resume(), finish);
      } catch (error) {
        finish(error);
      }
    };
    const onEnd = () => finish();
    const onClose = () => finish(new BrokenStreamError());
    source.on("data", onData).once("end", onEnd).once("error", finish).once("close", onClose);
    if (source.readableEnded) onEnd();
    else if (source.destroyed) onClose();
  });
}

/** The sender went away in the middle. */
export class BrokenStreamError extends Error {
  override readonly name = "BrokenStreamError";
  constructor() {
    super("the stream ended before its end");
  }
}
