import { DriverError, type DriverErrorKind } from "../errors.ts";
import { codeOf } from "./calls.ts";

const KINDS: Readonly<Record<string, DriverErrorKind>> = {
  ENOENT: "not_found",
  ENOTDIR: "not_found",
  /** What the file system cannot name, it does not hold. */
  ENAMETOOLONG: "not_found",
  EACCES: "denied",
  EPERM: "denied",
  EROFS: "denied",
  ENOSPC: "no_space",
  EDQUOT: "no_space",
  EMFILE: "unavailable",
  ENFILE: "unavailable",
  ENOMEM: "unavailable",
  EAGAIN: "unavailable",
  EBUSY: "unavailable",
  EIO: "unavailable",
  ESTALE: "unavailable",
  ETIMEDOUT: "unavailable",
  ENOTCONN: "unavailable",
};

/** Where the operation does not look for anything, the same codes say something else. */
const KINDS_OF_WRITES: Readonly<Record<string, DriverErrorKind>> = {
  ...KINDS,
  /** The root is gone, or other processes removed directories faster than they were made. */
  ENOENT: "unavailable",
  /** An object is where a directory must be. */
  ENOTDIR: "unexpected",
  ENAMETOOLONG: "key_invalid",
};

const LOOKS: ReadonlySet<string> = new Set([
  "head",
  "get",
  "delete",
  "deleteMany",
  "list",
  "directories.names",
  "multipart.putPart",
  "multipart.openPart",
  "multipart.abort",
  "multipart.listUploads",
]);

/** The one place where an errno becomes a DriverError. */
export function fileError(operation: string, key: string | undefined, error: unknown): DriverError {
  if (error instanceof DriverError) return error;
  const kinds = LOOKS.has(operation) ? KINDS : KINDS_OF_WRITES;
  const code = codeOf(error);
  const kind = code === undefined ? undefined : kinds[code];
  return new DriverError(kind ?? "unexpected", operation, { key, cause: error, message: code });
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
    throw fileError(operation, key, error);
  }
}
