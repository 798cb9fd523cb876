/** The one place where an answer of Cloud Storage, or the lack of one, becomes a DriverError. */
import { isConnectionError } from "../connection-errors.ts";
import { DriverError, type DriverErrorKind } from "../errors.ts";
import { adviceFor } from "./advice.ts";
import { AnswerError } from "./answer-error.ts";

const KINDS_BY_REASON: Readonly<Record<string, DriverErrorKind>> = {
  conditionNotMet: "precondition_failed",
  rateLimitExceeded: "throttled",
  userRateLimitExceeded: "throttled",
  backendError: "unavailable",
};

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
};

/** What is known of a failure. */
export interface Failure {
  readonly status: number | undefined;
  /** The JSON API's, or Node's when there was no answer. */
  readonly code: string;
  readonly message: string;
}

export function gcsError(operation: string, key: string | undefined, error: unknown): DriverError {
  if (error instanceof DriverError) return error;
  const failure = failureOf(error);
  const { status, code, message } = failure;
  const said = [status, code].filter(Boolean).join(" ");
  return new DriverError(kindOf(error, failure), operation, {
    key,
    message: [said, message, adviceFor(failure)].filter(Boolean).join("; "),
    cause: error instanceof AnswerError ? error : withoutSecrets(error, failure),
  });
}

export function isAbsent(error: unknown): boolean {
  return error instanceof AnswerError && kindOf(error, failureOf(error)) === "not_found";
}

function kindOf(error: unknown, { status, code, message }: Failure): DriverErrorKind {
  if (error instanceof AnswerError) return kindOfAnswer(error);
  if (isConnectionError(code)) return "unavailable";
  if (isSignIn(error)) return UNREACHED.test(message) || (status ?? 0) >= 500 ? "unavailable" : "denied";
  return "unexpected";
}

function kindOfAnswer({ status, reason, message, isFromStorage }: AnswerError): DriverErrorKind {
  const kind = KINDS_BY_REASON[reason] ?? KINDS_BY_STATUS[status];
  if (kind) return kind;
  // A missing bucket is not the absence of an object, and somebody in between knows nothing of absence.
  if (status === 404) return isFromStorage && !BUCKET.test(message) ? "not_found" : "unexpected";
  // What came was not what was sent.
  if (status === 400 && /md5|crc32c|hash/i.test(message)) return "unavailable";
  return "unexpected";
}

const BUCKET = /bucket does not exist/i;
const UNREACHED = /ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|socket hang up|network|timed? ?out/i;

/** The library's errors about tokens and signatures have no class in common. */
function isSignIn(error: unknown): boolean {
  const { name = "", stack = "" } = error instanceof Error ? error : {};
  return /^(GaxiosError|SigningError)$/.test(name) || /google-auth-library/.test(stack ?? "");
}

export function failureOf(error: unknown): Failure {
  if (error instanceof AnswerError) return { status: error.status, code: error.reason, message: error.message };
  if (!(error instanceof Error)) return { status: undefined, code: "", message: String(error) };
  const { code, status } = error as { code?: unknown; status?: unknown };
  return {
    status: typeof status === "number" ? status : undefined,
    code: typeof code === "string" ? code : "",
    message: error.message,
  };
}

/** The library's errors hold the request, with its token or its assertion. */
function withoutSecrets(error: unknown, { code, message }: Failure): unknown {
  if (!(error instanceof Error)) return error;
  return Object.assign(new Error(message), { name: error.name, stack: error.stack }, code === "" ? {} : { code });
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
    throw gcsError(operation, key, error);
  }
}
