/** From a readable to a function, at the speed of the slower, and of all others that share this process. */
import type { Readable } from "node:stream";
import { createTurnAllowance } from "./turn-allowance.ts";

/** Measured: about 1 ms of hashing and writing. What it brings others and costs uploads: docs/benchmarks.md. */
const allowance = createTurnAllowance(512 * 1024);

/**
 * Calls `write` with each chunk; where it returns a promise, waits for it before the next. Resolves at the end of the source,
 * when `write` is done with all. Rejects with the source's error, with an error of the source's premature close, or with that of
 * `write`: then the source is left paused, and what to do with the rest is up to its owner.
 */
export function pump(source: Readable, write: (chunk: Buffer) => Promise<void> | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    let lastWait = Promise.resolve();
    const finish = (error?: unknown) => {
      isOver = true;
      source.off("data", onData).off("end", onEnd).off("error", finish).off("close", onClose);
      if (error === undefined) return resolve();
      source.pause();
      // Between here and its owner nobody listens, and an error without a listener ends the process.
      source.on("error", () => {});
      reject(error);
    };
    // By the time its turn comes, the source may have failed, and whoever writes may have left.
    const writeLater = (chunk: Buffer) => (isOver ? undefined : write(chunk));
    const onData = (chunk: Buffer) => {
      try {
        const turn = allowance.take(chunk.length);
        const wait = turn ? turn.then(() => writeLater(chunk)) : write(chunk);
        if (wait === undefined) return;
        source.pause();
        lastWait = wait;
        wait.then(() => source.resume(), finish);
      } catch (error) {
        finish(error);
      }
    };
    // A source whose last chunk was read comes to its end even while it is paused.
    const onEnd = () => {
      source.off("close", onClose);
      lastWait.then(() => finish(), finish);
    };
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
