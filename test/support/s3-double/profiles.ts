/** In what the stores differ that speak this protocol. Only what has been seen on a real one, or is in its documentation. */

export interface Profile {
  readonly bucketIn: "host" | "path";
  readonly minPartSize: number;
  /** Which writes heed `If-None-Match: *`. */
  readonly conditions: readonly ("put" | "complete" | "copy")[];
  /** What DeleteObjects proves its body with. */
  readonly deleteProofs: readonly ("md5" | "crc32")[];
  readonly listsUploads: boolean;
  readonly takesChunkedSigning: boolean;
  /** All parts but the last must be as large as the first. */
  readonly equalParts: boolean;
  readonly ceph: boolean;
  /** Entries of a page of a listing; the caller may want fewer. */
  readonly maxKeys: number;
}

export const AWS: Profile = {
  bucketIn: "path",
  minPartSize: 5 * 1024 ** 2,
  conditions: ["put", "complete", "copy"],
  deleteProofs: ["md5", "crc32"],
  listsUploads: true,
  takesChunkedSigning: true,
  equalParts: false,
  ceph: false,
  maxKeys: 1000,
};

export const OSS: Profile = {
  ...AWS,
  bucketIn: "host",
  minPartSize: 100 * 1024,
  conditions: [],
  deleteProofs: ["md5"],
  listsUploads: false,
  takesChunkedSigning: false,
};

export const R2: Profile = { ...AWS, equalParts: true };

/** 16.2. */
export const CEPH: Profile = { ...AWS, conditions: ["put"], takesChunkedSigning: false, ceph: true };
