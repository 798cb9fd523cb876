/** The reference implementation of the contract: everything in this process's memory, nothing emulated. */
import { Readable } from "node:stream";
import type { ConditionalWrites, MultipartLimits, ObjectBody, StorageDriver } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { assertKey } from "../keys.ts";
import { type ResolvedRange, resolveRange } from "../ranges.ts";
import { streamBody } from "../stream-body.ts";
import { Bucket, type StoredObject } from "./bucket.ts";
import { copyOf } from "./copy-of.ts";
import { listBucket } from "./list.ts";
import { memoryMultipart, S3_LIMITS } from "./multipart.ts";

const CHUNK = 64 * 1024;

export interface MemoryOptions {
  /** Shared with other drivers, to play several replicas. */
  readonly bucket?: Bucket | undefined;
  readonly now?: (() => number) | undefined;
  readonly limits?: MultipartLimits | undefined;
}

export function createMemoryDriver(options: MemoryOptions = {}): StorageDriver {
  const { bucket = new Bucket(), now = Date.now, limits = S3_LIMITS } = options;

  return {
    name: "inmemory",
    consistency: "strong",

    async head(key, options) {
      options?.signal?.throwIfAborted();
      return find(bucket, key, "head").info;
    },
    async get(key, options) {
      options?.signal?.throwIfAborted();
      const stored = find(bucket, key, "get");
      const range = options?.range && resolveRange(options.range, stored.info.size, "get", key);
      return bodyOf(key, stored, range);
    },
    async put(key, body, options) {
      assertKey(key, "put");
      options?.signal?.throwIfAborted();
      return bucket.set(key, copyOf(body), now());
    },
    async delete(key, options) {
      assertKey(key, "delete");
      options?.signal?.throwIfAborted();
      bucket.delete(key);
    },
    async deleteMany(keys, options) {
      for (const key of keys) assertKey(key, "deleteMany");
      options?.signal?.throwIfAborted();
      for (const key of keys) bucket.delete(key);
    },
    list: (prefix, options) => listBucket(bucket, prefix, options ?? {}),
    async check(options) {
      options?.signal?.throwIfAborted();
    },
    async close() {},

    multipart: memoryMultipart(bucket, limits, now),
    async copy(source, target, options) {
      assertKey(target, "copy");
      options?.signal?.throwIfAborted();
      return bucket.set(target, find(bucket, source, "copy").bytes, now());
    },
    conditional: conditionalWrites(bucket, now),
  };
}

function conditionalWrites(bucket: Bucket, now: () => number): ConditionalWrites {
  return {
    async create(key, body, options) {
      assertKey(key, "conditional.create");
      options?.signal?.throwIfAborted();
      if (bucket.get(key)) throw new DriverError("already_exists", "conditional.create", { key });
      return bucket.set(key, copyOf(body), now());
    },
  };
}

function find(bucket: Bucket, key: string, operation: string): StoredObject {
  assertKey(key, operation);
  const stored = bucket.get(key);
  if (!stored) throw new DriverError("not_found", operation, { key });
  return stored;
}

function bodyOf(key: string, { bytes, info }: StoredObject, range: ResolvedRange | undefined): ObjectBody {
  const wanted = range ? bytes.subarray(range.start, range.end + 1) : bytes;
  const stream = Readable.from(chunksOf(wanted), { objectMode: false, highWaterMark: CHUNK });
  return streamBody({ key, info, range, stream, explain: (error) => error });
}

/** Copies, so that nobody who changes what was read changes what is stored. */
function* chunksOf(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += CHUNK) yield Buffer.from(bytes.subarray(start, start + CHUNK));
}
