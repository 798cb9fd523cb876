/** An ObjectBody around a stream, for stores that answer with one. */
import type { Readable, Writable } from "node:stream";
import type { ObjectBody, ObjectInfo, SendOptions } from "./contract.ts";
import { DriverError } from "./errors.ts";
import { openOutlet, prematureClose } from "./outlet.ts";
import type { ResolvedRange } from "./ranges.ts";
import { ownedByAnswer } from "./spent-memory.ts";

export interface StreamBodySource {
  readonly key: string;
  readonly info: ObjectInfo;
  readonly range: ResolvedRange | undefined;
  readonly stream: Readable;
  /** Turns what the stream failed with into a DriverError. */
  readonly explain: (error: unknown) => unknown;
}

export function streamBody({ key, info, range, stream, explain }: StreamBodySource): ObjectBody {
  const expected = range ? range.end - range.start + 1 : info.size;
  const assertWhole = (received: number) => {
    if (received === expected) return;
    const message = `the body broke off after ${received} of ${expected} bytes`;
    throw new DriverError("unavailable", "get", { key, message });
  };

  return {
    info,
    range,
    async bytes() {
      const chunks: Buffer[] = [];
      try {
        for await (const chunk of stream) chunks.push(chunk);
      } catch (error) {
        throw explain(error);
      }
      const whole = Buffer.concat(chunks);
      assertWhole(whole.length);
      return whole;
    },
    stream: () => stream,
    async sendTo(out, options = {}) {
      assertWhole(await pump({ stream, explain, expected }, out, options));
    },
    async discard() {
      stream.on("error", () => {}).destroy();
    },
  };
}

/** At most so many bytes wait in the target. Fewer, and the store and the target would wait for each other in turn. */
const AHEAD = 512 * 1024;

/** By hand, for every stream between the two costs more than the bytes do. Gives how many came. */
async function pump(
  { stream, explain, expected }: Pick<StreamBodySource, "stream" | "explain"> & { readonly expected: number },
  out: Writable,
  { signal, onTurn }: SendOptions,
): Promise<number> {
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  let received = 0;
  const giveBack = expected > AHEAD ? ownedByAnswer(stream) : undefined;
  const take = (chunk: Buffer) => {
    received += chunk.length;
    onTurn?.("target");
    const taken = giveBack && ((error?: Error | null) => error || giveBack(chunk));
    if (!out.write(chunk, taken) && out.writableLength >= AHEAD) stream.pause();
    else onTurn?.("store");
  };
  const goOn = () => {
    if (!stream.isPaused()) return;
    onTurn?.("store");
    stream.resume();
  };
  // What becomes of the target is told by the outlet.
  const fail = (error: Error) => out.destroyed || reject(explain(error));
  const closed = () => stream.readableEnded || fail(stream.errored ?? prematureClose());
  const outlet = openOutlet(out, signal, reject);
  try {
    stream.on("error", fail).once("end", resolve).once("close", closed);
    if (stream.destroyed) closed();
    out.on("drain", goOn);
    onTurn?.("store");
    stream.on("data", take);
    await ended;
    onTurn?.("target");
    if (out.writableLength > 0) await outlet.write(Buffer.alloc(0));
    return received;
  } finally {
    stream.off("data", take).destroy();
    out.off("drain", goOn);
    outlet.release();
  }
}
