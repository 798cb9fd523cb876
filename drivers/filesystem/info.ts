import type { Stats } from "node:fs";
import type { ObjectInfo } from "../contract.ts";

export const infoOf = (found: Stats): ObjectInfo => new FileInfo(found);

/** What few ask for is made when they do. */
class FileInfo implements ObjectInfo {
  readonly #found: Stats;

  constructor(found: Stats) {
    this.#found = found;
  }

  get size(): number {
    return this.#found.size;
  }

  /** Dates are as exact as `utimes` takes them: quarters of a microsecond. */
  get version(): string {
    const { ino, mtimeMs, size } = this.#found;
    return [ino, mtimeMs, size].map((part) => part.toString(36)).join("-");
  }

  get lastModified(): Date {
    return this.#found.mtime;
  }
}
