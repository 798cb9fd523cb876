import { Readable, Writable } from "node:stream";
import type { ObjectBody } from "../contract.ts";
import { openOutlet } from "../outlet.ts";
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
      const outlet = openOutlet(out, signal);
      const silence = watchSilence(deadline);
      const relay = new Writable({
        write(chunk: Buffer, _encoding, done) {
          silence.pause();
          outlet.write(chunk).then(() => {
            silence.resume();
            done();
          }, done);
        },
      });
      relay.on("error", () => {});
      try {
        silence.resume();
        await Promise.race([body.sendTo(relay, { signal }), silence.tooLong]);
      } catch (error) {
        relay.destroy(error instanceof Error ? error : undefined);
        throw error;
      } finally {
        silence.end();
        outlet.release();
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
    pause: () => cancel(),
    resume() {
      if (over) return;
      cancel();
      cancel = deadline.timer(deadline.milliseconds, () => {
        const error = timedOut(deadline);
        reject(error);
        deadline.controller.abort(error);
      });
    },
    /** Its target may still answer to a chunk. */
    end() {
      over = true;
      cancel();
    },
  };
}
