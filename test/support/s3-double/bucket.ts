import { hash, randomUUID } from "node:crypto";
import { compareKeys } from "../../../drivers/keys.ts";

export interface StoredObject {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly lastModified: Date;
  readonly contentType: string;
}

export interface StoredPart {
  readonly bytes: Buffer;
  readonly etag: string;
}

export interface StoredUpload {
  readonly key: string;
  readonly contentType: string;
  readonly startedAt: Date;
  readonly parts: Map<number, StoredPart>;
  /** Set once it is completed, where a store remembers that. */
  completed?: StoredObject;
}

export class Bucket {
  readonly objects = new Map<string, StoredObject>();
  readonly uploads = new Map<string, StoredUpload>();
  #sorted: readonly string[] | undefined;

  put(key: string, bytes: Buffer, contentType: string, etag = hash("md5", bytes, "hex")): StoredObject {
    if (!this.objects.has(key)) this.#sorted = undefined;
    const stored = { bytes, etag, contentType, lastModified: new Date(Math.floor(Date.now() / 1000) * 1000) };
    this.objects.set(key, stored);
    return stored;
  }

  delete(key: string): void {
    if (this.objects.delete(key)) this.#sorted = undefined;
  }

  sortedKeys(): readonly string[] {
    this.#sorted ??= [...this.objects.keys()].sort(compareKeys);
    return this.#sorted;
  }

  begin(key: string, contentType: string): string {
    const id = randomUUID().replaceAll("-", "");
    this.uploads.set(id, { key, contentType, startedAt: new Date(), parts: new Map() });
    return id;
  }
}
