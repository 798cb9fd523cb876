/** The one place where an answer of Azure becomes a DriverError. */
import { isConnectionError } from "../connection-errors.ts";
import { DriverError, type DriverErrorKind } from "../errors.ts";
import { adviceFor } from "./advice.ts";

/** A missing container or account is not the absence of an object. */
const KINDS: Readonly<Record<string, DriverErrorKind>> = {
  BlobNotFound: "not_found",
  BlobAlreadyExists: "already_exists",
  ConditionNotMet: "precondition_failed",
  TargetConditionNotMet: "precondition_failed",
  /** Changed while it was copied. */
  SourceConditionNotMet: "unavailable",
  InvalidRange: "range_invalid",
  InvalidResourceName: "key_invalid",
  InvalidUri: "key_invalid",
  AuthenticationFailed: "denied",
  InvalidAuthenticationInfo: "denied",
  NoAuthenticationInformation: "denied",
  InsufficientAccountPermissions: "denied",
  AccountIsDisabled: "denied",
  BlobImmutableDueToPolicy: "denied",
  ServerBusy: "throttled",
  InternalError: "unavailable",
  OperationTimedOut: "unavailable",
  AccountBeingCreated: "unavailable",
  ContainerBeingDeleted: "unavailable",
  PendingCopyOperation: "unavailable",
  /** Somebody else has committed the blob in between. */
  InvalidBlockList: "unavailable",
  InvalidBlobOrBlock: "unavailable",
  SystemInUse: "unavailable",
  /** What came was not what was sent. */
  Md5Mismatch: "unavailable",
  /** Of the client library: the request could not be sent, or the answer not be read to its end. */
  REQUEST_SEND_ERROR: "unavailable",
  PARSE_ERROR: "unavailable",
};

/** For what comes without a code, from a proxy in between: it knows nothing of absence. */
const KINDS_BY_STATUS: Readonly<Record<number, DriverErrorKind>> = {
  401: "denied",
  403: "denied",
  408: "unavailable",
  412: "precondition_failed",
  416: "range_invalid",
  429: "throttled",
  500: "unavailable",
  502: "unavailable",
  503: "throttled",
  504: "unavailable",
};

/** What is known of a failure. `code` is the service's or, when there was no answer, Node's. */
export interface Failure {
  readonly name: string;
  readonly code: string;
  readonly status: number | undefined;
  readonly message: string;
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: "", code: "", status: undefined, message: String(error) };
  const { code, statusCode, details } = error as {
    code?: unknown;
    statusCode?: number;
    details?: { errorCode?: string; authenticationErrorDetail?: string };
  };
  const [firstLine = ""] = error.message.split("\n");
  const message = [firstLine, details?.authenticationErrorDetail].filter(Boolean).join(" ");
  // An answer to HEAD has no body, and so no code but in a header.
  return { name: error.name, code: String(code ?? details?.errorCode ?? ""), status: statusCode, message };
}

export function azureError(operation: string, key: string | undefined, error: unknown): DriverError {
  if (error instanceof DriverError) return error;
  const failure = failureOf(error);
  const said = [failure.code, failure.status && `(${failure.status})`].filter(Boolean).join(" ");
  const advice = adviceFor(failure);
  const message = [said, failure.message, advice].filter(Boolean).join("; ");
  return new DriverError(kindOf(failure), operation, { key, message, cause: withoutSecrets(error, failure) });
}

function kindOf({ name, code, status, message }: Failure): DriverErrorKind {
  const kind = KINDS[code] ?? (code.startsWith("Authorization") ? "denied" : undefined);
  if (kind) return kind;
  // An abort of nobody's is the library's word for a connection that broke off.
  if (isConnectionError(code) || name === "AbortError") return "unavailable";
  const kindOfStatus = status === undefined ? undefined : KINDS_BY_STATUS[status];
  if (kindOfStatus) return kindOfStatus;
  if (SIGN_IN.test(name)) return UNREACHED.test(message) ? "unavailable" : "denied";
  return status === undefined && name === "Error" ? "unavailable" : "unexpected";
}

/** Of the identity library, which has no codes of its own. */
const SIGN_IN = /^(CredentialUnavailable|(Aggregate)?Authentication)/;
const UNREACHED = /network_error|temporarily_unavailable|ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT/;

/** The library's errors hold the request, with its signature or its token. */
function withoutSecrets(error: unknown, { code, status, message }: Failure): unknown {
  if (!(error instanceof Error) || status === undefined) return error instanceof Error ? plain(error) : error;
  const { details } = error as { details?: { "x-ms-request-id"?: string } };
  return Object.assign(new Error(message), { name: code, status, requestId: details?.["x-ms-request-id"] });
}

function plain(error: Error): Error {
  const { name, code } = error as { name: string; code?: unknown };
  return Object.assign(new Error(error.message), { name, stack: error.stack }, code === undefined ? {} : { code });
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
    throw azureError(operation, key, error);
  }
}

export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes(failureOf(error).code);
}
