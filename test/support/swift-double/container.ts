import { createHash } from "node:crypto";
import { compareKeys } from "../../../drivers/keys.ts";
import type { Clock } from "./clock.ts";

/** As it stands in a stored manifest. */
export interface SegmentEntry {
  readonly name: string;
  readonly bytes: number;
  readonly hash: string;
  readonly sub_slo?: true;
}

export interface StoredObject {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly contentType: string;
  /** Seconds, with five digits after the point. */
  readonly timestamp: string;
  /** Set: a static large object of these. */
  readonly segments?: readonly SegmentEntry[] | undefined;
  /** Set: a dynamic large object of all that begins so. */
  readonly dynamic?: string | undefined;
}

export class Container {
  readonly objects = new Map<string, StoredObject>();
  readonly meta: Record<string, string> = {};
  #sorted: readonly string[] | undefined;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  put(name: string, object: Omit<StoredObject, "timestamp" | "etag">): StoredObject {
    if (!this.objects.has(name)) this.#sorted = undefined;
    const stored = { ...object, etag: md5(object.bytes), timestamp: this.#clock.timestamp() };
    this.objects.set(name, stored);
    return stored;
  }

  delete(name: string): boolean {
    if (this.objects.delete(name)) this.#sorted = undefined;
    else return false;
    return true;
  }

  sortedNames(): readonly string[] {
    this.#sorted ??= [...this.objects.keys()].sort(compareKeys);
    return this.#sorted;
  }

  /** In order. */
  namesFrom(prefix: string): readonly string[] {
    return this.sortedNames().filter((name) => name.startsWith(prefix));
  }
}

export type Containers = Map<string, Container>;

export function md5(...pieces: readonly (Buffer | string)[]): string {
  const hash = createHash("md5");
  for (const piece of pieces) hash.update(piece);
  return hash.digest("hex");
}
