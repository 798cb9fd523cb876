/** For tests: a store that fails by the book. */
import { Readable } from "node:stream";
import type { ObjectBody, StorageDriver } from "../contract.ts";
import { DriverError, type DriverErrorKind } from "../errors.ts";
import { streamBody } from "../stream-body.ts";
import { type Call, eachNext, type Operation, withLayer } from "./layer.ts";

export type Fault =
  /** Fails, and nothing happened. */
  | { readonly fault: "refuse"; readonly kind: DriverErrorKind }
  /** Fails, although it happened. */
  | { readonly fault: "lose-answer"; readonly kind: DriverErrorKind }
  | { readonly fault: "delay"; readonly milliseconds: number }
  /** Does not happen, and does not answer before its signal aborts. */
  | { readonly fault: "hang" }
  /** A body breaks off after that many bytes. */
  | { readonly fault: "truncate"; readonly bytes: number };

/**
 * `nth` counts the calls of that operation from 1; each step of a listing is one. A plan that answers later holds the call
 * until then.
 */
export type Plan = (
  operation: Operation,
  key: string | undefined,
  nth: number,
) => Fault | undefined | Promise<Fault | undefined>;

export interface FaultTools {
  sleep(milliseconds: number, options: { readonly signal: AbortSignal | undefined }): Promise<void>;
}

export function withFaults(driver: StorageDriver, plan: Plan, tools: FaultTools): StorageDriver {
  const counts = new Map<Operation, number>();
  const next = async ({ operation, key }: Pick<Call, "operation" | "key">) => {
    const nth = (counts.get(operation) ?? 0) + 1;
    counts.set(operation, nth);
    return await plan(operation, key, nth);
  };
  const call = async <T>(call: Call<T>, proceed: () => Promise<T>) =>
    await suffer(await next(call), call, proceed, tools);

  const layered = withLayer(driver, {
    call: (about, proceed) => call(about, () => proceed(about.signal)),
    each: (about, proceed) =>
      eachNext(proceed(about.signal), (step) => call<IteratorResult<never>>(about, step as never)),
  });
  return {
    ...layered,
    async get(key, options) {
      const about: Call<ObjectBody> = {
        operation: "get",
        key,
        signal: options?.signal,
        release: (body) => body.discard(),
      };
      const fault = await next(about);
      const body = await suffer(fault, about, () => driver.get(key, options), tools);
      return fault?.fault === "truncate" ? truncated(body, key, fault.bytes) : body;
    },
  };
}

async function suffer<T>(
  fault: Fault | undefined,
  { operation, key, signal, release }: Call<T>,
  proceed: () => Promise<T>,
  tools: FaultTools,
): Promise<T> {
  switch (fault?.fault) {
    case "refuse":
      throw new DriverError(fault.kind, operation, { key, message: "refused by the plan" });
    case "lose-answer": {
      const answer = await proceed();
      if (operation !== "multipart.create") await release?.(answer);
      throw new DriverError(fault.kind, operation, { key, message: "the answer is lost by the plan" });
    }
    case "delay":
      await tools.sleep(fault.milliseconds, { signal });
      break;
    case "hang":
      await untilAborted(signal);
      break;
  }
  return await proceed();
}

async function untilAborted(signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((_resolve, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function truncated(body: ObjectBody, key: string, bytes: number): ObjectBody {
  const { info, range } = body;
  const stream = Readable.from(beginningOf(body.stream(), key, bytes), { objectMode: false });
  return streamBody({ key, info, range, stream, explain: (error) => error });
}

async function* beginningOf(stream: Readable, key: string, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of stream) {
    if (left > 0) yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) throw new DriverError("unavailable", "get", { key, message: "the body breaks off by the plan" });
  }
}
