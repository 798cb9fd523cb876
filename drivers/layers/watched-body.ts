import { Readable } from "node:stream";
import type { ObjectBody } from "../contract.ts";
import { type Deadline, timedOut, within } from "./deadline.ts";
import { eachNext } from "./layer.ts";

/** A body whose store may not be silent for longer than the deadline. A reader may. */
export function watchedBody(body: ObjectBody, deadline: Deadline): ObjectBody {
  return {
    info: body.info,
    range: body.range,
    bytes: () => within(deadline, { signal: undefined }, () => body.bytes()),
    stream() {
      const inner = body.stream();
      const steps = eachNext<Buffer>(inner, (next) => within(deadline, { signal: undefined }, next));
      const outer = Readable.from(steps, { objectMode: false });
      // Also when nobody ever read from it, or when a step never ends.
      return outer.once("close", () => inner.on("error", () => {}).destroy());
    },
    async sendTo(out, { signal } = {}) {
      const stopping = new AbortController();
      const stop = () => stopping.abort(signal?.reason);
      const silence = watchSilence(deadline);
      if (signal?.aborted) stop();
      signal?.addEventListener("abort", stop);
      try {
        const sending = body.sendTo(out, { signal: stopping.signal, onTurn: silence.turn });
        await Promise.race([sending, silence.tooLong]);
      } catch (error) {
        // Nothing more may come to a target that was given up.
        stopping.abort(error);
        throw error;
      } finally {
        silence.end();
        signal?.removeEventListener("abort", stop);
      }
    },
    discard: () => body.discard(),
  };
}

/** Counts only while it is the store's turn. */
function watchSilence(deadline: Deadline) {
  const { promise: tooLong, reject } = Promise.withResolvers<never>();
  tooLong.catch(() => {});
  let over = false;
  let cancel = () => {};
  return {
    tooLong,
    turn(whose: "store" | "target") {
      cancel();
      if (over || whose === "target") return;
      cancel = deadline.timer(deadline.milliseconds, () => {
        const error = timedOut(deadline);
        reject(error);
        deadline.controller.abort(error);
      });
    },
    /** A store that was given up may still answer. */
    end() {
      over = true;
      cancel();
    },
  };
}
