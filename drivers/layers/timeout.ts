/** Gives up on a store that does not answer. */
import type { ObjectBody, StorageDriver } from "../contract.ts";
import { type Deadline, startTimer, type Timer, within } from "./deadline.ts";
import { type Call, eachNext, type Operation, withLayer } from "./layer.ts";
import { watchedBody } from "./watched-body.ts";

export interface TimeoutOptions {
  readonly callMilliseconds: number;
  /** For single operations, such as copies that the store makes byte by byte. */
  readonly operationMilliseconds?: Readonly<Partial<Record<Operation, number>>> | undefined;
  /** A call that sends bytes has at least the time that they take at this rate: parts grow with what they are parts of. */
  readonly slowestBytesPerSecond: number;
  /** Between two chunks of a body, as long as somebody wants the next one. A body as a whole may take any time. */
  readonly idleMilliseconds: number;
}

/**
 * The call that is given up is told so through its signal, but not waited for. A listing has its time for each entry,
 * and so has an open part for none: its caller waits for a client.
 */
export function withTimeouts(driver: StorageDriver, options: TimeoutOptions, timer: Timer = startTimer): StorageDriver {
  const limitOf = (operation: Operation, size: number) =>
    Math.max(
      options.operationMilliseconds?.[operation] ?? options.callMilliseconds,
      (size / options.slowestBytesPerSecond) * 1000,
    );
  const deadline = ({ operation, key, size = 0 }: Pick<Call, "operation" | "key" | "size">): Deadline => ({
    operation,
    key,
    milliseconds: limitOf(operation, size),
    timer,
    controller: new AbortController(),
  });

  const layered = withLayer(driver, {
    call: (call, proceed) => within(deadline(call), call, proceed),
    async *each(call, proceed) {
      const step = deadline(call);
      const { controller } = step;
      yield* eachNext(proceed(controller.signal), (next) => within(step, call, next));
    },
  });
  return {
    ...layered,
    async get(key, callOptions) {
      const limit = deadline({ operation: "get", key });
      const call = { signal: callOptions?.signal, release: (late: ObjectBody) => late.discard() };
      const body = await within(limit, call, (signal) => driver.get(key, { ...callOptions, signal }));
      return watchedBody(body, { ...limit, milliseconds: options.idleMilliseconds });
    },
  };
}
