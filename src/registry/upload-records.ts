/**
 * An upload session is a chain of records in the bucket, `record.00000001` and on. Each says all that is needed to go on, and
 * each is created, never overwritten: of two that try to be the next, one loses and knows it. So no acknowledged byte is
 * ever taken back by a request that was overtaken. A record that has a successor keeps its place, without its content, until
 * the session ends: a slow request must not find the place empty.
 *
 * A record is four bytes with the length of the header, four with the CRC-32 of all that follows (both big endian), the header in JSON,
 * and the tail: a short upload is one object. It is transient: a machine that goes down may leave a part of it, or zeros, which
 * the CRC shows. Its client is told that the upload is unknown, and sends the blob again.
 */
import { crc32 } from "node:zlib";
import * as z from "zod";
import type { CallOptions, ConditionalWrites, ObjectKey, StorageDriver } from "../../drivers/contract.ts";
import { DriverError, isDriverError } from "../../drivers/errors.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import type { Runtime } from "../runtime.ts";
import { unlessAbsent } from "./content.ts";
import { uploadRecordKey, uploadRecordsPrefix } from "./keys.ts";

const header = z.object({
  version: z.literal(1),
  /**
   * `open` takes bytes; `overtaken` did, and has a successor; `direct` is a whole blob on its way to its final key; `cancelled`
   * keeps old states from coming back.
   */
  state: z.enum(["open", "overtaken", "direct", "cancelled"]),
  sequence: z.int().positive(),
  /** Unlike that of any other record: who reads it back knows that its own record was stored. */
  attempt: z.string(),
  repository: z.string(),
  /** Of parts and tail together. */
  size: z.int().nonnegative(),
  multipart: z.object({ key: z.string(), id: z.string() }).optional(),
  parts: z.array(z.object({ partNumber: z.int(), size: z.int(), token: z.string() })),
  /** Of all the bytes, in the algorithms that somebody has computed. */
  digests: z.array(z.custom<Digest>(isDigest)),
});

export type UploadRecord = z.infer<typeof header> & { readonly tail: readonly Uint8Array[] };

export interface UploadRecords {
  /** That very record, or `undefined`. */
  get(uploadId: string, sequence: number, options?: CallOptions): Promise<UploadRecord | undefined>;
  /** The end of the chain, or `undefined` if there is none. */
  latest(uploadId: string, options?: CallOptions): Promise<UploadRecord | undefined>;
  /** `false` if another record of that sequence number was first. */
  append(uploadId: string, record: UploadRecord, options?: CallOptions): Promise<boolean>;
  /** Of a record that has a successor, only the place is left. */
  overtake(uploadId: string, record: UploadRecord, options?: CallOptions): Promise<void>;
  /** The whole chain up to `last`, and those keys. */
  deleteAll(uploadId: string, last: UploadRecord, more?: readonly ObjectKey[]): Promise<void>;
}

/** What a record has that holds no bytes. */
export const EMPTY_RECORD: Pick<UploadRecord, "version" | "size" | "parts" | "tail" | "digests"> = {
  version: 1,
  size: 0,
  parts: [],
  tail: [],
  digests: [],
};

const MAX_RACES = 5;

/** Of a record whose creation got no answer. What the store answers to is repeated below, by the layers of the driver. */
const CREATIONS = 4;
const LONGEST_WAIT_MILLISECONDS = 1000;
/** Nothing is tried again that long after it began: a client waits. */
const PATIENCE_MILLISECONDS = 20_000;

export function createUploadRecords({
  driver,
  runtime,
}: {
  readonly driver: StorageDriver;
  readonly runtime: Pick<Runtime, "sleep" | "monotonic" | "randomBytes">;
}): UploadRecords {
  /** A place that is written after its chain was deleted would stay. */
  const beingWritten = new Map<ObjectKey, Promise<unknown>>();

  const isOurs = async (uploadId: string, { sequence, attempt }: UploadRecord, options?: CallOptions) =>
    (await records.get(uploadId, sequence, options))?.attempt === attempt;

  /**
   * A creation without an answer may have happened, so nobody else repeats one. Here it can be: if the place is taken, the
   * attempt in the record tells by whom.
   */
  async function create(
    conditional: ConditionalWrites,
    uploadId: string,
    record: UploadRecord,
    options?: CallOptions,
  ): Promise<boolean> {
    const key = uploadRecordKey(uploadId, record.sequence);
    const bytes = encode(record);
    const deadline = runtime.monotonic() + PATIENCE_MILLISECONDS;
    for (let creation = 1; ; creation++) {
      try {
        await conditional.create(key, bytes, { ...options, transient: true });
        return true;
      } catch (error) {
        if (isDriverError(error, "already_exists")) return await isOurs(uploadId, record, options);
        const isOver = creation === CREATIONS || runtime.monotonic() >= deadline;
        if (isOver || !isDriverError(error, "unavailable")) throw error;
      }
      await runtime.sleep((runtime.randomBytes(1).readUInt8() / 255) * LONGEST_WAIT_MILLISECONDS, options);
    }
  }

  const records: UploadRecords = {
    async get(uploadId, sequence, options) {
      const key = uploadRecordKey(uploadId, sequence);
      const bytes = await unlessAbsent(async () => (await driver.get(key, options)).bytes());
      return bytes && (isWhole(bytes) ? decode(bytes, key) : lost(sequence));
    },

    async latest(uploadId, options) {
      // A record may be replaced by its successor between the listing and the look.
      for (let race = 0; race < MAX_RACES; race++) {
        const prefix = uploadRecordsPrefix(uploadId);
        let sequence = 0;
        for await (const { key } of driver.list(prefix, options)) sequence = Number(key.slice(prefix.length));
        if (sequence === 0) return undefined;
        const record = await records.get(uploadId, sequence, options);
        if (record) return record;
      }
      throw new DriverError("unavailable", "list", {
        key: uploadRecordsPrefix(uploadId),
        message: "the upload keeps changing",
      });
    },

    async append(uploadId, record, options) {
      const { conditional } = driver;
      if (conditional) return await create(conditional, uploadId, record, options);
      // Without create-only writes the window is narrowed, not closed: the last of two wins, and the other sees it here.
      if (await records.get(uploadId, record.sequence, options)) return false;
      await driver.put(uploadRecordKey(uploadId, record.sequence), encode(record), { ...options, transient: true });
      return await isOurs(uploadId, record, options);
    },

    async overtake(uploadId, { sequence, attempt, repository }, options) {
      const key = uploadRecordKey(uploadId, sequence);
      const place = { ...EMPTY_RECORD, state: "overtaken", sequence, attempt, repository } as const;
      const writing = driver.put(key, encode(place), { ...options, transient: true });
      beingWritten.set(key, writing);
      try {
        await writing;
      } finally {
        beingWritten.delete(key);
      }
    },

    async deleteAll(uploadId, last, more = []) {
      const chain = Array.from({ length: last.sequence }, (_, index) => uploadRecordKey(uploadId, index + 1));
      await Promise.allSettled(chain.map((key) => beingWritten.get(key)));
      await driver.deleteMany([...chain, ...more], { transient: true });
    },
  };
  return records;
}

const PREFIX_BYTES = 8;

function encode({ tail, ...fields }: UploadRecord): Uint8Array[] {
  const json = Buffer.from(JSON.stringify(fields));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(json.length, 0);
  prefix.writeUInt32BE(
    [json, ...tail].reduce((crc, piece) => crc32(piece, crc), 0),
    4,
  );
  return [prefix, json, ...tail];
}

function isWhole(bytes: Buffer): boolean {
  const hasHeader = bytes.length > PREFIX_BYTES && bytes.readUInt32BE(0) > 0;
  return hasHeader && bytes.readUInt32BE(4) === crc32(bytes.subarray(PREFIX_BYTES));
}

function decode(bytes: Buffer, key: string): UploadRecord {
  try {
    const end = PREFIX_BYTES + bytes.readUInt32BE(0);
    const tail = bytes.subarray(end);
    return {
      ...header.parse(JSON.parse(bytes.subarray(PREFIX_BYTES, end).toString("utf8"))),
      tail: tail.length > 0 ? [tail] : [],
    };
  } catch (cause) {
    throw new DriverError("unexpected", "get", { key, message: "this is no upload record", cause });
  }
}

/** Nothing can be said of it but that the session does not go on: as if somebody had ended it. */
function lost(sequence: number): UploadRecord {
  return { ...EMPTY_RECORD, state: "cancelled", sequence, attempt: "", repository: "" };
}
