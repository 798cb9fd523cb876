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

  /** Dates are numbers as `utimes` takes them, so nothing of what `stamp` has set is lost. */
  get version(): string {
    const { ino, mtimeMs, size } = this.#found;
    return [ino, mtimeMs, size].map((part) => part.toString(36)).join("-");
  }

  get lastModified(): Date {
    return this.#found.mtime;
  }
}
