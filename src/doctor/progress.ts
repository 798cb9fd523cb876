/** One line on a terminal that tells how far a long walk has come. Elsewhere nothing. */
import type { Seen } from "../registry/inspection/inspect.ts";

const PAUSE_MILLISECONDS = 200;
const CLEAR = "\r\u001b[K";

export interface Progress {
  show(seen: Seen): void;
  end(): void;
}

export function createProgress(stream: NodeJS.WriteStream, now: () => number): Progress {
  if (!stream.isTTY) return { show() {}, end() {} };
  let last = now();
  return {
    show({ objects, repositories }) {
      if (now() - last < PAUSE_MILLISECONDS) return;
      last = now();
      stream.write(`${CLEAR}${objects} objects of ${repositories} repositories …`);
    },
    end: () => void stream.write(CLEAR),
  };
}
