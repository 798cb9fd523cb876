/** Writing to a stream that may go away at any moment, such as the response to a client that hangs up. */
import type { Writable } from "node:stream";

export interface Outlet {
  /** Resolves once `out` has taken the piece: its memory may then be used again. */
  write(piece: Uint8Array): Promise<void>;
  /** Takes the listeners away. `out` stays open. */
  release(): void;
}

/**
 * `onBreak` is told why there is no use in further writes.
 *
 * A response that is destroyed before it got its socket never calls a write back, so close and abort end a write too.
 */
export function openOutlet(out: Writable, signal?: AbortSignal, onBreak?: (reason: unknown) => void): Outlet {
  let broken: { readonly reason: unknown } | undefined;
  let interrupt: ((reason: unknown) => void) | undefined;
  const breakOff = (reason: unknown) => {
    broken ??= { reason };
    interrupt?.(broken.reason);
    onBreak?.(broken.reason);
  };
  const onClose = () => breakOff(out.errored ?? prematureClose());
  const onAbort = () => breakOff(signal?.reason);

  out.on("error", breakOff).on("close", onClose);
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted) onAbort();
  if (out.destroyed || out.writableEnded) onClose();

  return {
    write: (piece) =>
      new Promise((resolve, reject) => {
        if (broken) return reject(broken.reason);
        interrupt = reject;
        out.write(piece, (error) => (error ? reject(error) : resolve()));
      }),
    release() {
      out.off("error", breakOff).off("close", onClose);
      signal?.removeEventListener("abort", onAbort);
    },
  };
}

export function prematureClose(): Error {
  return Object.assign(new Error("Premature close"), { code: "ERR_STREAM_PREMATURE_CLOSE" });
}
