import { Readable, Writable } from "node:stream";
import type { ObjectBody } from "../contract.ts";
import { openOutlet } from "../outlet.ts";
import { type Deadline, timedOut, within } from "./deadline.ts";
import { eachNext } from "./layer.ts";

/** Bytes that come from the store while its reader takes the ones before: without them, each would wait for the other in turn. */
const AHEAD = 512 * 1024;

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
      const pass = (pieces: readonly Buffer[], done: (error?: Error) => void) => {
        silence.pause();
        outlet.write(...pieces).then(() => {
          silence.resume();
          done();
        }, done);
      };
      const relay = new Writable({
        highWaterMark: AHEAD,
        write: (piece: Buffer, _encoding, done) => pass([piece], done),
        writev: (waiting: readonly { readonly chunk: Buffer }[], done) =>
          pass(
            waiting.map(({ chunk }) => chunk),
            done,
          ),
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
