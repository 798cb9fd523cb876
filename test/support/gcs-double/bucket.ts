import { createHash } from "node:crypto";
import { crc32c } from "../../../drivers/gcs/crc32c.ts";

export interface StoredObject {
  readonly name: string;
  readonly bytes: Buffer;
  readonly contentType: string;
  /** Rises with every write in the bucket. */
  readonly generation: string;
  readonly updated: Date;
}

export class DoubleBucket {
  readonly #objects = new Map<string, StoredObject>();
  #writes = Date.now() * 1000;
  #sorted: readonly string[] | undefined;

  get(name: string): StoredObject | undefined {
    return this.#objects.get(name);
  }

  set(name: string, bytes: Buffer, contentType: string): StoredObject {
    this.#writes += 1;
    const object = { name, bytes, contentType, generation: String(this.#writes), updated: new Date() };
    if (!this.#objects.has(name)) this.#sorted = undefined;
    this.#objects.set(name, object);
    return object;
  }

  delete(name: string): boolean {
    this.#sorted = undefined;
    return this.#objects.delete(name);
  }

  /** In the order of their bytes. */
  names(): readonly string[] {
    this.#sorted ??= [...this.#objects.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    return this.#sorted;
  }
}

/** As the JSON API shows it. */
export function resourceOf({ name, bytes, contentType, generation, updated }: StoredObject) {
  return {
    kind: "storage#object",
    name,
    contentType,
    generation,
    size: String(bytes.length),
    updated: updated.toISOString(),
    timeCreated: updated.toISOString(),
    ...hashesOf(bytes),
  };
}

export function hashesOf(bytes: Buffer) {
  return { crc32c: crc32c([bytes]), md5Hash: createHash("md5").update(bytes).digest("base64") };
}
