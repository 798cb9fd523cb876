import type { Readable } from "node:stream";

/** A broken connection destroys the stream with an error of Node's; whoever reads it is to see one of ours. */
export function explaining(stream: Readable, explain: (error: unknown) => unknown): Readable {
  const destroy = stream.destroy;
  stream.destroy = (error) => destroy.call(stream, error && (explain(error) as Error));
  return stream;
}
