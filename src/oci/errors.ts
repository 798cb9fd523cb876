/** What can go wrong in a registry, in the domain's words. Status and wire code are given in src/http/errors.ts, in one table. */

export type RegistryErrorKind =
  | "name_invalid"
  | "name_unknown"
  | "tag_invalid"
  | "digest_invalid"
  | "digest_mismatch"
  | "size_mismatch"
  | "range_unsatisfiable"
  | "page_invalid"
  | "blob_unknown"
  | "blob_too_large"
  | "manifest_unknown"
  | "manifest_invalid"
  | "manifest_too_large"
  | "too_many_tags"
  | "manifest_blob_unknown"
  | "upload_unknown"
  | "upload_invalid"
  | "upload_out_of_order"
  /** Another request works at it, and is not done. */
  | "upload_ending"
  | "unauthorized"
  | "denied"
  | "unsupported"
  | "route_unknown"
  | "too_many_requests"
  /** This replica must not write to this bucket: see src/registry/protocol.ts. */
  | "writes_refused";

export interface ErrorDetail {
  readonly message?: string | undefined;
  readonly detail?: unknown;
}

export class RegistryError extends Error {
  override readonly name = "RegistryError";
  readonly kind: RegistryErrorKind;
  /** One entry for each thing that is wrong; each becomes one entry of the answer's `errors`. Empty: the message says it all. */
  readonly details: readonly ErrorDetail[];

  constructor(
    kind: RegistryErrorKind,
    message: string,
    options: { readonly details?: readonly ErrorDetail[]; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.details = options.details ?? [];
  }
}

export function isRegistryError(error: unknown, kind?: RegistryErrorKind): error is RegistryError {
  return error instanceof RegistryError && (kind === undefined || error.kind === kind);
}
