/** The body of an insertion: what is to be known of an object, and then its bytes. */
import { invalid } from "./failure.ts";

export interface Related {
  readonly metadata: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

export function parseRelated(contentType: string, body: Buffer): Related {
  const boundary = /^multipart\/related; boundary=(\S+)$/.exec(contentType)?.[1];
  if (boundary === undefined) throw invalid("not multipart/related");
  const [first, second] = partsOf(body, `--${boundary}`);
  if (!first || !second) throw invalid("not two parts");
  return { metadata: JSON.parse(contentOf(first).toString()), bytes: contentOf(second) };
}

function partsOf(body: Buffer, delimiter: string): readonly Buffer[] {
  const starts: number[] = [];
  for (let at = body.indexOf(delimiter); at !== -1; at = body.indexOf(delimiter, at + 1)) starts.push(at);
  // Before each delimiter is a line break of its own, after it one of the part's.
  return starts
    .slice(0, -1)
    .map((start, index) => body.subarray(start + delimiter.length + 2, (starts[index + 1] ?? 0) - 2));
}

function contentOf(part: Buffer): Buffer {
  return part.subarray(part.indexOf("\r\n\r\n") + 4);
}
