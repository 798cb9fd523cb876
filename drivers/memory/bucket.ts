import type { ObjectInfo } from "../contract.ts";
import { compareKeys } from "../keys.ts";

export interface StoredObject {
  readonly bytes: Buffer;
  readonly info: ObjectInfo;
}

export interface StoredUpload {
  readonly key: string;
  readonly parts: Map<string, Buffer>;
  readonly startedAt: Date;
}

/** What survives a driver. Several drivers over one bucket are several replicas over one store. */
export class Bucket {
  readonly uploads = new Map<string, StoredUpload>();
  readonly #objects = new Map<string, StoredObject>();
  #sorted: readonly string[] | undefined;
  #writes = 0;

  get(key: string): StoredObject | undefined {
    return this.#objects.get(key);
  }

  set(key: string, bytes: Buffer, now: number): ObjectInfo {
    if (!this.#objects.has(key)) this.#sorted = undefined;
    const info = { size: bytes.length, version: this.nextName(), lastModified: new Date(now) };
    this.#objects.set(key, { bytes, info });
    return info;
  }

  delete(key: string): void {
    if (this.#objects.delete(key)) this.#sorted = undefined;
  }

  /** A snapshot. */
  keys(): readonly string[] {
    this.#sorted ??= [...this.#objects.keys()].sort(compareKeys);
    return this.#sorted;
  }

  /** Never the same twice: for versions, uploads and parts. */
  nextName(): string {
    this.#writes += 1;
    return String(this.#writes);
  }
}
