/**
 * The seam between the registry and a store. Object-shaped on purpose: no rename, no append, no directories, because
 * object stores have none. Everything that can be waited for takes `options.signal`.
 *
 * Rules that every driver keeps, and that test/contract/driver checks on each of them:
 * - Only absence is absence: `not_found` means that the store said so. Trouble of any other kind is another error.
 * - All rejections are `DriverError`s (drivers/errors.ts), or the abort reason of the caller's signal.
 * - A capability is a property, and its presence is the answer. Nothing branches on `name`.
 */
import type { Readable, Writable } from "node:stream";

/**
 * Path-like name of an object: segments joined by "/", none of them empty, "." or "..", no leading slash, no NUL.
 * No object may be a directory of another ("a" beside "a/b"): a file system cannot hold both.
 * Drivers put their configured root directory in front of it. Any other name is rejected as `key_invalid`.
 */
export type ObjectKey = string;

/** Changes with every write of the object. Opaque: compare, never parse. */
export type ObjectVersion = string;

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface WriteOptions extends CallOptions {
  /**
   * Work in progress: it outlives this process, but need not outlive the machine. If that goes down, an object may be gone, be
   * there again, or be damaged: shorter, or with zeros in it. A store may wait less for it.
   */
  readonly transient?: boolean | undefined;
}

export interface ObjectInfo {
  /** Bytes. */
  readonly size: number;
  readonly version: ObjectVersion;
  /** By the store's clock, not this machine's. */
  readonly lastModified: Date;
}

/** What a write has made. Its date and version are for `head` to tell: the answers of some stores to a write have neither. */
export type WrittenObject = Pick<ObjectInfo, "size">;

/** Both ends are inclusive, as in HTTP. Without `end`: to the last byte. An `end` past the last byte is cut to it. */
export interface ByteRange {
  readonly start: number;
  readonly end?: number | undefined;
}

export interface SendOptions extends CallOptions {
  /** Told whom the transfer waits for from now on: with each piece at least, so that silence can be told from slowness. */
  readonly onTurn?: ((whose: "store" | "target") => void) | undefined;
}

/** An open object. Exactly one of `bytes`, `stream`, `sendTo` and `discard` is called, once. */
export interface ObjectBody {
  /** Of the whole object, also when a range was asked for. */
  readonly info: ObjectInfo;
  /** What will be delivered: absolute, inclusive. `undefined` means all of it. */
  readonly range: { readonly start: number; readonly end: number } | undefined;
  /** All of it in memory. For small objects only: the caller knows the size from `info`. */
  bytes(): Promise<Buffer>;
  stream(): Readable;
  /**
   * Writes the body to `out` at the speed that `out` takes it, and leaves `out` open. Rejects when the store breaks off,
   * when `out` closes (with the error of `out`, or `ERR_STREAM_PREMATURE_CLOSE`), or when the signal aborts: then `out`
   * holds a part of the body, and the caller must destroy it.
   */
  sendTo(out: Writable, options?: SendOptions): Promise<void>;
  /** Gives the object back unread. */
  discard(): Promise<void>;
}

export type ListEntry =
  | { readonly kind: "object"; readonly key: ObjectKey; readonly size: number; readonly lastModified: Date }
  /** Several keys, rolled up at the delimiter; `key` ends in "/". */
  | { readonly kind: "prefix"; readonly key: string };

export interface ListOptions extends CallOptions {
  /** Only entries whose `key` is greater, by bytes. Need not exist. */
  readonly startAfter?: string | undefined;
  readonly delimiter?: "/" | undefined;
  /** How many entries the caller is likely to read. A store that lists in pages need not make the first one longer. */
  readonly expected?: number | undefined;
}

export interface StorageDriver {
  /** For logs and metrics. */
  readonly name: string;
  /** Whether a read, a look at absence and a listing see every write that was answered before. */
  readonly consistency: "strong" | "eventual";
  /** Rejects `not_found`. */
  head(key: ObjectKey, options?: CallOptions): Promise<ObjectInfo>;
  /** Resolves once the store answered; the body may still fail. Rejects `not_found`, `range_invalid`. */
  get(key: ObjectKey, options?: CallOptions & { readonly range?: ByteRange | undefined }): Promise<ObjectBody>;
  /** Atomic and durable: readers see the old object or the new one, never a part, and an answered put survives a crash. */
  put(key: ObjectKey, body: ObjectBytes, options?: WriteOptions): Promise<WrittenObject>;
  /** Succeeds if the object is already gone. */
  delete(key: ObjectKey, options?: CallOptions): Promise<void>;
  /** As `delete` for each; the order is not promised. Rejects if one of them is still there. */
  deleteMany(keys: readonly ObjectKey[], options?: WriteOptions): Promise<void>;
  /** Ascending by the UTF-8 bytes of `key`. `prefix` is a plain string prefix: it need not end at a slash. */
  list(prefix: string, options?: ListOptions): AsyncIterable<ListEntry>;
  /** Proves cheaply that the store answers and that the credentials are good. Readiness asks it. */
  check(options?: CallOptions): Promise<void>;
  close(): Promise<void>;

  /** Present where a listing goes through one directory after the other: it costs what lies below, not what it shows. */
  readonly directories?: Directories;
  readonly multipart: MultipartUploads;
  /** Replaces `target` atomically. `target` gets a new `lastModified`. Rejects `not_found` without `source`. */
  copy(source: ObjectKey, target: ObjectKey, options?: CallOptions): Promise<WrittenObject>;
  readonly conditional?: ConditionalWrites;
  readonly presign?: Presigner;
  /** Present where a proxy in front of the registry may read objects itself: the path by which it knows that one. */
  readonly pathAtProxy?: (key: ObjectKey) => string;
}

export interface Directories {
  /**
   * What lies right under `prefix`, which ends in "/": for those who know what they look for below. In the order of a listing,
   * where names of directories end in "/". None, if it is no directory. One that is shown need not hold any object: what
   * writes and removals leave when they stop half-way.
   */
  names(prefix: string, options?: CallOptions): Promise<readonly string[]>;
}

/** One buffer, or several in order: what came from a socket is never concatenated just to be written. */
export type ObjectBytes = Uint8Array | readonly Uint8Array[];

/** An object written in parts. Stateless: its two values are plain JSON, so any process can go on where another stopped. */
export interface MultipartUploads {
  readonly limits: MultipartLimits;
  create(key: ObjectKey, options?: CallOptions): Promise<MultipartUpload>;
  /**
   * Two writers of one part number do not disturb each other: `complete` takes the one whose receipt it is given. Once it has
   * resolved, nobody looks at `body` any more: its memory may be given back.
   */
  putPart(upload: MultipartUpload, partNumber: number, body: ObjectBytes, options?: CallOptions): Promise<PartReceipt>;
  /** Present where a part may have any size and is best written while it arrives: on a disk. */
  openPart?(upload: MultipartUpload, partNumber: number, options?: CallOptions): Promise<PartWriter>;
  /**
   * Publishes the object, atomically: the parts by their number, whatever the order of `parts`. Parts without a receipt
   * there are dropped. Rejects `not_found` if the upload is gone, and may be repeated until it was answered.
   */
  complete(upload: MultipartUpload, parts: readonly PartReceipt[], options?: CallOptions): Promise<WrittenObject>;
  /** Succeeds if the upload is already gone. */
  abort(upload: MultipartUpload, options?: CallOptions): Promise<void>;
  /** Those neither completed nor aborted whose key begins with `prefix`. Absent where the store cannot tell. */
  listUploads?(prefix: string, options?: CallOptions): AsyncIterable<MultipartUpload & { readonly startedAt: Date }>;
}

export interface MultipartLimits {
  /** Bytes; every part but the last. */
  readonly minPartSize: number;
  readonly maxPartSize: number;
  readonly maxParts: number;
  /** Of one upload, all parts but the last must have one size. */
  readonly equalParts?: boolean;
}

export interface MultipartUpload {
  readonly key: ObjectKey;
  readonly id: string;
}

export interface PartReceipt {
  /** From 1. */
  readonly partNumber: number;
  readonly size: number;
  /** What the store needs to find these very bytes again. */
  readonly token: string;
}

/** A part being written. Ends with `close` or `abort`; an `abort` after that does nothing. */
export interface PartWriter {
  /**
   * A promise asks the caller to wait before the next chunk; it rejects when the store fails, and so do all later calls.
   * The chunk belongs to the writer until then: it is not copied. `onWritten` is called when it is in the store's hands.
   */
  write(chunk: Uint8Array, onWritten?: (chunk: Uint8Array) => void): Promise<void> | undefined;
  /** Durable once resolved. */
  close(): Promise<PartReceipt>;
  abort(): Promise<void>;
}

export interface ConditionalWrites {
  /** As `put`, but of several writers of a new key exactly one wins. Rejects `already_exists`. */
  create(key: ObjectKey, body: ObjectBytes, options?: WriteOptions): Promise<WrittenObject>;
}

export interface Presigner {
  /**
   * A URL that lets its bearer read `key` without further credentials. It may live shorter than asked for: never longer than
   * the credentials that signed it.
   */
  presignGet(
    key: ObjectKey,
    options: CallOptions & {
      readonly expiresInSeconds: number;
      readonly contentType?: string | undefined;
      /** What `classOf` said of the client's address. */
      readonly clientClass?: string | undefined;
    },
  ): Promise<PresignedUrl>;
  /** Present where clients get different URLs: those of one class get the same. */
  classOf?(address: string): string;
}

export interface PresignedUrl {
  readonly url: URL;
  readonly expiresAt: Date;
}

/** Handed to each driver when it is opened. */
export interface DriverContext {
  /** For what an operator should know and no caller will see. */
  readonly warn: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
  /** Opening changes nothing in the store. What only a write can find out (`conditional`) is not found out then. */
  readonly readOnly?: boolean | undefined;
}
