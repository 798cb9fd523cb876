import type { MultipartLimits, MultipartUpload, MultipartUploads, PartReceipt } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { assertKey, assertPrefix } from "../keys.ts";
import { assertPartNumber, orderParts } from "../parts.ts";
import type { Bucket, StoredUpload } from "./bucket.ts";
import { copyOf } from "./copy-of.ts";

const MIB = 1024 ** 2;

/** As S3 has them, so that what works here works there. */
export const S3_LIMITS: MultipartLimits = { minPartSize: 5 * MIB, maxPartSize: 5 * 1024 * MIB, maxParts: 10_000 };

export function memoryMultipart(bucket: Bucket, limits: MultipartLimits, now: () => number): MultipartUploads {
  return {
    limits,
    async create(key, options) {
      assertKey(key, "multipart.create");
      options?.signal?.throwIfAborted();
      const id = bucket.nextName();
      bucket.uploads.set(id, { key, parts: new Map(), startedAt: new Date(now()) });
      return { key, id };
    },
    async putPart(upload, partNumber, body, options) {
      assertPartNumber(upload, partNumber, limits);
      options?.signal?.throwIfAborted();
      const bytes = copyOf(body);
      const token = `${partNumber}-${bucket.nextName()}`;
      find(bucket, upload, "multipart.putPart").parts.set(token, bytes);
      return { partNumber, size: bytes.length, token };
    },
    async complete(upload, parts, options) {
      options?.signal?.throwIfAborted();
      const { parts: stored } = find(bucket, upload, "multipart.complete");
      const bytes = orderParts(upload, parts, limits).map((receipt) => takePart(upload, stored, receipt));
      bucket.uploads.delete(upload.id);
      return bucket.set(upload.key, Buffer.concat(bytes), now());
    },
    async abort(upload, options) {
      options?.signal?.throwIfAborted();
      bucket.uploads.delete(upload.id);
    },
    async *listUploads(prefix, options) {
      assertPrefix(prefix, "multipart.listUploads");
      for (const [id, { key, startedAt }] of [...bucket.uploads]) {
        options?.signal?.throwIfAborted();
        if (key.startsWith(prefix)) yield { key, id, startedAt };
      }
    },
  };
}

function find(bucket: Bucket, { key, id }: MultipartUpload, operation: string): StoredUpload {
  const stored = bucket.uploads.get(id);
  if (stored?.key !== key) throw new DriverError("not_found", operation, { key, message: "no such upload" });
  return stored;
}

function takePart({ key }: MultipartUpload, stored: StoredUpload["parts"], receipt: PartReceipt): Buffer {
  const bytes = stored.get(receipt.token);
  if (bytes?.length === receipt.size && receipt.token.startsWith(`${receipt.partNumber}-`)) return bytes;
  const message = `no part ${receipt.partNumber} as in its receipt`;
  throw new DriverError("not_found", "multipart.complete", { key, message });
}
