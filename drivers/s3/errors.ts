/** The one place where an answer of the store becomes a DriverError. */
import { isConnectionError } from "../connection-errors.ts";
import { DriverError, type DriverErrorKind } from "../errors.ts";
import { adviceFor } from "./advice.ts";

const KINDS: Readonly<Record<string, DriverErrorKind>> = {
  NoSuchKey: "not_found",
  NoSuchUpload: "not_found",
  InvalidPart: "not_found",
  PreconditionFailed: "precondition_failed",
  InvalidRange: "range_invalid",
  KeyTooLongError: "key_invalid",
  InvalidObjectName: "key_invalid",
  QuotaExceeded: "no_space",
  StorageFull: "no_space",
  InsufficientStorage: "no_space",
  XMinioStorageFull: "no_space",
  SlowDown: "throttled",
  TooManyRequests: "throttled",
  Throttling: "throttled",
  ThrottlingException: "throttled",
  RequestLimitExceeded: "throttled",
  /** Two conditional writes of one key at the same time: neither is decided. */
  ConditionalRequestConflict: "unavailable",
  OperationAborted: "unavailable",
  RequestTimeout: "unavailable",
  /** What came was not what was sent. */
  IncompleteBody: "unavailable",
  BadDigest: "unavailable",
  XAmzContentSHA256Mismatch: "unavailable",
  TimeoutError: "unavailable",
  AccessDenied: "denied",
  CredentialsProviderError: "denied",
  ExpiredToken: "denied",
  InvalidToken: "denied",
  TokenRefreshRequired: "denied",
  AuthorizationHeaderMalformed: "denied",
};

/** For what comes without a code: answers to HEAD have no body, and a proxy in between knows no codes. */
const KINDS_BY_STATUS: Readonly<Record<number, DriverErrorKind>> = {
  401: "denied",
  403: "denied",
  408: "unavailable",
  412: "precondition_failed",
  416: "range_invalid",
  429: "throttled",
  500: "unavailable",
  502: "unavailable",
  503: "unavailable",
  504: "unavailable",
  507: "no_space",
};

/** What is known of a failure. `code` is the store's or, when there was no answer, Node's. */
export interface Failure {
  readonly code: string;
  readonly status: number | undefined;
  readonly message: string;
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { code: "", status: undefined, message: String(error) };
  const { code, $metadata } = error as { code?: unknown; $metadata?: { httpStatusCode?: number } };
  const name = error.name === "Error" || error.name === "TimeoutError" ? (code ?? error.name) : error.name;
  return { code: String(name), status: $metadata?.httpStatusCode, message: error.message };
}

export function s3Error(operation: string, key: string | undefined, error: unknown): DriverError {
  if (error instanceof DriverError) return error;
  const failure = failureOf(error);
  const status = failure.status === undefined ? "" : ` (${failure.status})`;
  const advice = adviceFor(failure, { operation, key });
  const message = `${failure.code}${status}: ${failure.message}${advice ? `; ${advice}` : ""}`;
  return new DriverError(kindOf(failure), operation, { key, message, cause: withoutSecrets(error, failure) });
}

function kindOf({ code, status }: Failure): DriverErrorKind {
  const known = KINDS[code] ?? KINDS_BY_STATUS[status ?? 0];
  return known ?? (isConnectionError(code) ? "unavailable" : "unexpected");
}

/** What the store says about a signature repeats the request, its session token included. */
function withoutSecrets(error: unknown, { code, status, message }: Failure): unknown {
  if (!(error instanceof Error) || status === undefined) return error;
  const { $metadata } = error as { $metadata?: { requestId?: string } };
  return Object.assign(new Error(message), { name: code, status, requestId: $metadata?.requestId });
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
    if (signal?.aborted) throw signal.reason;
    throw s3Error(operation, key, error);
  }
}
