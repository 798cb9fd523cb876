/** One upload session, as the client carries it, and what is said of one that cannot go on. */
import type { DigestAlgorithm } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import type { RepositoryName } from "../oci/names.ts";
import type { UploadRecord } from "./upload-records.ts";

export interface UploadSession {
  readonly id: string;
  readonly repository: RepositoryName;
  /** Which digest to compute while bytes pass. */
  readonly algorithm: DigestAlgorithm;
  readonly startedAt: Date;
  /** Which record of the chain this is; 0 before anything is stored. */
  readonly sequence: number;
  /** Bytes safely stored. */
  readonly offset: number;
}

export function sessionAt(session: UploadSession, { sequence, size }: UploadRecord): UploadSession {
  return { ...session, sequence, offset: size };
}

export function unknownError(session: UploadSession): RegistryError {
  return new RegistryError("upload_unknown", "blob upload unknown to registry", {
    details: [{ detail: { upload: session.id } }],
  });
}

export function endingError(session: UploadSession): RegistryError {
  return new RegistryError("upload_ending", "another request is about to end this upload", {
    details: [{ message: "try again, or begin anew if that does not help", detail: { upload: session.id } }],
  });
}

export function unknown(session: UploadSession): never {
  throw unknownError(session);
}

export function outOfOrder(offset: number): never {
  throw new RegistryError("upload_out_of_order", `the upload goes on at byte ${offset}`, {
    details: [{ message: "ask for the upload's status, and go on from there", detail: { offset } }],
  });
}
