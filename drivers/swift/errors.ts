import { isConnectionError } from "../connection-errors.ts";
import { DriverError, type DriverErrorKind } from "../errors.ts";

/** Enough for the sentence that says why. */
const REASON_LENGTH = 200;

/** An answer with a status that was not hoped for. */
export class Refusal extends Error {
  readonly status: number;
  readonly text: string;

  constructor(method: string, status: number, text: string) {
    super(`${method} was answered with ${status}${text ? `: ${text.slice(0, REASON_LENGTH)}` : ""}`);
    this.status = status;
    this.text = text;
  }
}

const KINDS: Readonly<Record<number, DriverErrorKind>> = {
  401: "denied",
  403: "denied",
  404: "not_found",
  408: "unavailable",
  /** Another write with a later timestamp came first. */
  409: "unavailable",
  413: "no_space",
  416: "range_invalid",
  /** The bytes changed on their way. */
  422: "unavailable",
  429: "throttled",
  /** Swift's own for too many requests. */
  498: "throttled",
  /** It believes that we have gone. */
  499: "unavailable",
  507: "no_space",
};

/** Where the object is not looked for, absence is that of the container. */
const OPENINGS: ReadonlySet<string> = new Set(["open", "check"]);
/** Here it may be as well that Swift, under load, has not heard of the container in time: it says 404 then. */
const WRITES: ReadonlySet<string> = new Set(["put", "multipart.create"]);

/** The one place where what Swift, Keystone or the network said becomes a DriverError. */
export function swiftError(operation: string, key: string | undefined, error: unknown): DriverError {
  if (error instanceof DriverError) return error;
  const message = error instanceof Error ? error.message : undefined;
  return new DriverError(kindOf(operation, error), operation, { key, cause: error, message });
}

function kindOf(operation: string, error: unknown): DriverErrorKind {
  if (error instanceof Refusal) return kindOfRefusal(operation, error);
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return isConnectionError(code) ? "unavailable" : "unexpected";
}

function kindOfRefusal(operation: string, { status, text }: Refusal): DriverErrorKind {
  if (status === 404 && OPENINGS.has(operation)) return "unexpected";
  if (status === 404 && WRITES.has(operation)) return "unavailable";
  if (status === 413 && !/quota/i.test(text)) return "unexpected";
  if (status === 400 && /name length/i.test(text)) return "key_invalid";
  return KINDS[status] ?? (status >= 500 ? "unavailable" : "unexpected");
}

/** Runs an operation of the driver: what it rejects with is a DriverError, or the reason of the caller's signal. */
export async function attempt<T>(
  operation: string,
  key: string | undefined,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  try {
    return await work();
  } catch (error) {
    if (signal?.aborted && error === signal.reason) throw error;
    throw swiftError(operation, key, error);
  }
}
