/** What can go wrong in a store, in words that are the same for every vendor. */

export type DriverErrorKind =
  | "not_found"
  | "already_exists"
  | "precondition_failed"
  | "range_invalid"
  /** The store cannot hold an object of that name: too long, malformed, or reserved. */
  | "key_invalid"
  /** The credentials or the permissions are not enough. */
  | "denied"
  /** The store is full, or a quota is. */
  | "no_space"
  /** The store asks for fewer requests. */
  | "throttled"
  /** The store did not answer, or answered that it cannot now. */
  | "unavailable"
  | "unexpected";

const PASSING: ReadonlySet<DriverErrorKind> = new Set(["throttled", "unavailable"]);

export class DriverError extends Error {
  override readonly name = "DriverError";
  readonly kind: DriverErrorKind;
  /** The contract's name of the call: `put`, `multipart.complete` … */
  readonly operation: string;
  readonly key: string | undefined;

  constructor(
    kind: DriverErrorKind,
    operation: string,
    options: {
      readonly key?: string | undefined;
      readonly cause?: unknown;
      readonly message?: string | undefined;
    } = {},
  ) {
    const subject = options.key === undefined ? operation : `${operation} ${options.key}`;
    super(options.message ? `${subject}: ${options.message}` : `${subject}: ${kind}`, { cause: options.cause });
    this.kind = kind;
    this.operation = operation;
    this.key = options.key;
  }

  /** Whether the same call may succeed a little later. */
  get retryable(): boolean {
    return PASSING.has(this.kind);
  }
}

export function isDriverError(error: unknown, kind?: DriverErrorKind): error is DriverError {
  return error instanceof DriverError && (kind === undefined || error.kind === kind);
}

export function isNotFound(error: unknown): error is DriverError {
  return isDriverError(error, "not_found");
}
