/** From what happened to what the client is told: one table, one mapper. OCI distribution-spec, "Error Codes". */
import { DriverError } from "../../drivers/errors.ts";
import { RegistryError, type RegistryErrorKind } from "../oci/errors.ts";
import { BrokenStreamError } from "../registry/pump.ts";
import type { Log } from "../runtime.ts";
import { writeHead } from "./respond.ts";
import type { Answer } from "./visit.ts";

type ErrorCode =
  | "BLOB_UNKNOWN"
  | "BLOB_UPLOAD_INVALID"
  | "BLOB_UPLOAD_UNKNOWN"
  | "DIGEST_INVALID"
  | "MANIFEST_BLOB_UNKNOWN"
  | "MANIFEST_INVALID"
  | "MANIFEST_UNKNOWN"
  | "NAME_INVALID"
  | "NAME_UNKNOWN"
  | "SIZE_INVALID"
  | "UNAUTHORIZED"
  | "DENIED"
  | "UNSUPPORTED"
  | "TOOMANYREQUESTS"
  // Beyond the spec's fourteen, as CNCF distribution has them.
  | "PAGINATION_NUMBER_INVALID"
  | "RANGE_INVALID"
  | "TAG_INVALID"
  | "UNAVAILABLE"
  | "UNKNOWN";

const WIRE = {
  name_invalid: [400, "NAME_INVALID"],
  name_unknown: [404, "NAME_UNKNOWN"],
  tag_invalid: [400, "TAG_INVALID"],
  digest_invalid: [400, "DIGEST_INVALID"],
  digest_mismatch: [400, "DIGEST_INVALID"],
  size_mismatch: [400, "SIZE_INVALID"],
  range_unsatisfiable: [416, "RANGE_INVALID"],
  page_invalid: [400, "PAGINATION_NUMBER_INVALID"],
  blob_unknown: [404, "BLOB_UNKNOWN"],
  blob_too_large: [413, "SIZE_INVALID"],
  manifest_unknown: [404, "MANIFEST_UNKNOWN"],
  manifest_invalid: [400, "MANIFEST_INVALID"],
  manifest_too_large: [413, "MANIFEST_INVALID"],
  too_many_tags: [414, "TAG_INVALID"],
  manifest_blob_unknown: [400, "MANIFEST_BLOB_UNKNOWN"],
  upload_unknown: [404, "BLOB_UPLOAD_UNKNOWN"],
  upload_invalid: [400, "BLOB_UPLOAD_INVALID"],
  upload_out_of_order: [416, "BLOB_UPLOAD_INVALID"],
  upload_ending: [503, "UNAVAILABLE"],
  unauthorized: [401, "UNAUTHORIZED"],
  denied: [403, "DENIED"],
  unsupported: [405, "UNSUPPORTED"],
  route_unknown: [404, "UNSUPPORTED"],
  too_many_requests: [429, "TOOMANYREQUESTS"],
  writes_refused: [503, "UNAVAILABLE"],
} as const satisfies Record<RegistryErrorKind, readonly [status: number, code: ErrorCode]>;

const RETRY_AFTER_SECONDS = 5;

export interface WireError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the client may know of an error. Causes, keys and stacks are for the log. */
function wireErrorOf(error: unknown, requestId: string): WireError {
  if (error instanceof RegistryError) {
    const [status, code] = WIRE[error.kind];
    const entries = error.details.map(({ message, detail }) => ({
      code,
      message: message === undefined ? error.message : `${error.message}: ${message}`,
      detail,
    }));
    return wireError(status, entries.length > 0 ? entries : [{ code, message: error.message }]);
  }
  if (error instanceof DriverError && error.kind === "no_space") {
    return wireError(507, [{ code: "UNAVAILABLE", message: "the store is full", detail: { requestId } }]);
  }
  if (error instanceof DriverError && error.retryable) {
    const entry = {
      code: "UNAVAILABLE",
      message: "the store does not answer now: try again",
      detail: { requestId },
    } as const;
    return wireError(503, [entry]);
  }
  return wireError(500, [{ code: "UNKNOWN", message: "internal error", detail: { requestId } }]);
}

function wireError(
  status: number,
  errors: readonly { readonly code: ErrorCode; readonly message: string; readonly detail?: unknown }[],
): WireError {
  const headers: WireError["headers"] = status === 503 ? { "retry-after": String(RETRY_AFTER_SECONDS) } : {};
  return { status, headers, body: JSON.stringify({ errors }) };
}

/** Answers with the error. Once the headers are out, all that is left is to break off: a body cut short must look broken. */
export function answerError(response: Answer, error: unknown, log: Log): void {
  const { requestId } = response.locals;
  const wire = wireErrorOf(error, requestId);
  if (isClientGone(error, response)) log.debug({ requestId, err: error }, "the client went away");
  else if (wire.status >= 500) log.error({ requestId, err: error }, "the request failed");
  else log.debug({ requestId, err: error }, "the request was refused");

  if (response.headersSent) return void response.destroy();
  if (response.destroyed) return;
  writeHead(response, wire.status, {
    ...wire.headers,
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(wire.body),
  });
  response.end(response.req.method === "HEAD" ? undefined : wire.body);
}

/** Of a connection that the other side has ended. Drivers have kinds for theirs, so these are the client's. */
const ENDED_CONNECTION: ReadonlySet<unknown> = new Set(["ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE"]);

function isClientGone(error: unknown, response: Answer): boolean {
  if (error instanceof Error && "code" in error && ENDED_CONNECTION.has(error.code)) return true;
  // A request that arrived whole is destroyed as well, so that alone tells nothing.
  const { destroyed, complete, socket } = response.req;
  return error instanceof BrokenStreamError || response.destroyed || socket.destroyed || (destroyed && !complete);
}
