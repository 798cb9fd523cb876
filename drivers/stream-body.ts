/** An ObjectBody around a stream, for stores that answer with one. */
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { CallOptions, ObjectBody, ObjectInfo } from "./contract.ts";
import { DriverError } from "./errors.ts";
import { openOutlet } from "./outlet.ts";
import type { ResolvedRange } from "./ranges.ts";

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
    async sendTo(out, { signal } = {}) {
      assertWhole(await pump(stream, out, signal, explain));
    },
    async discard() {
      stream.on("error", () => {}).destroy();
    },
  };
}

async function pump(
  stream: Readable,
  out: Writable,
  signal: AbortSignal | undefined,
  explain: (error: unknown) => unknown,
): Promise<number> {
  const options: CallOptions = signal ? { signal } : {};
  let received = 0;
  let failure: { readonly error: unknown } | undefined;
  stream.on("data", (chunk: Buffer) => {
    received += chunk.length;
  });
  stream.once("error", (error) => {
    if (!signal?.aborted && !out.destroyed) failure = { error };
  });
  try {
    await pipeline(stream, out, { ...options, end: false });
    await taken(out, signal);
    return received;
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw failure ? explain(failure.error) : error;
  }
}

/** A pipeline that leaves its target open ends with its source, and the last chunks may then still wait in the target. */
async function taken(out: Writable, signal: AbortSignal | undefined): Promise<void> {
  if (out.writableLength === 0) return;
  const outlet = openOutlet(out, signal);
  try {
    await outlet.write(Buffer.alloc(0));
  } finally {
    outlet.release();
  }
}
