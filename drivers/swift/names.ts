/**
 * What things are called in the container. Objects and segments lie where distribution has them, in `files` and
 * `segments`; our segments have a directory of their own there, in which the key and the upload can be read.
 */
import { DriverError } from "../errors.ts";
import { assertKey } from "../keys.ts";

export interface Names {
  readonly container: string;
  /** The beginning of objects' names. Ends in "/". */
  readonly files: string;
  /** The beginning of all segments' names, distribution's included. Ends in "/". */
  readonly segments: string;
  /** The beginning of our segments' names. Ends in "/". */
  readonly groups: string;
  /** In bytes. */
  readonly longest: number;
}

export function createNames(container: string, prefix: string | undefined, longest: number): Names {
  // As distribution joins them: only slashes at the very beginning are taken away.
  const under = (directory: string) => `${prefix ?? ""}/${directory}/`.replace(/^\/+/, "");
  return {
    container,
    files: under("files"),
    segments: under("segments"),
    groups: `${under("segments")}moorage/`,
    longest,
  };
}

export function nameOf(names: Names, key: string, operation: string): string {
  assertKey(key, operation);
  return assertLength(names, names.files + key, operation, key);
}

export function assertLength({ longest }: Names, name: string, operation: string, key: string): string {
  if (Buffer.byteLength(name) <= longest) return name;
  const message = `the store takes names of ${longest} bytes at most`;
  throw new DriverError("key_invalid", operation, { key, message });
}

/** As it stands in URLs and in headers: slashes stay. */
export function escapeName(name: string): string {
  return name.split("/").map(encodeURIComponent).join("/");
}
