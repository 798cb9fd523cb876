/** What every wrapper around a driver has in common: it keeps the set of capabilities, and sees every call. */
import { sizeOf } from "../bytes.ts";
import type {
  CallOptions,
  ConditionalWrites,
  Directories,
  MultipartUploads,
  Presigner,
  StorageDriver,
} from "../contract.ts";

export type Operation =
  | "head"
  | "get"
  | "put"
  | "delete"
  | "deleteMany"
  | "list"
  | "check"
  | "copy"
  | "directories.names"
  | `multipart.${"create" | "putPart" | "openPart" | "complete" | "abort" | "listUploads"}`
  | "conditional.create"
  | "presign.presignGet";

export interface Call<T = unknown> {
  readonly operation: Operation;
  /** A listing's prefix; the target of a copy. */
  readonly key: string | undefined;
  readonly signal: AbortSignal | undefined;
  /** Of a call that sends an object's bytes: how many. */
  readonly size?: number | undefined;
  /** Gives back an answer that comes when nobody waits for it any more. */
  readonly release?: ((late: T) => Promise<void>) | undefined;
}

export interface Layer {
  call<T>(call: Call<T>, proceed: (signal: AbortSignal | undefined) => Promise<T>): Promise<T>;
  /** `list` and `listUploads`. Only the former can go on after a key. */
  each<T extends { readonly key: string }>(
    call: Call,
    proceed: (signal: AbortSignal | undefined, startAfter?: string) => AsyncIterable<T>,
  ): AsyncIterable<T>;
}

export function withLayer(driver: StorageDriver, layer: Layer): StorageDriver {
  const { directories, multipart, conditional, presign, pathAtProxy } = driver;
  const around = aroundWith(layer);
  return {
    name: driver.name,
    consistency: driver.consistency,
    head: (key, options) => around({ operation: "head", key }, options, (to) => driver.head(key, to)),
    get: (key, options) =>
      around({ operation: "get", key, release: (body) => body.discard() }, options, (to) => driver.get(key, to)),
    put: (key, body, options) =>
      around({ operation: "put", key, size: sizeOf(body) }, options, (to) => driver.put(key, body, to)),
    delete: (key, options) => around({ operation: "delete", key }, options, (to) => driver.delete(key, to)),
    deleteMany: (keys, options) =>
      around({ operation: "deleteMany", key: keys[0] }, options, (to) => driver.deleteMany(keys, to)),
    list: (prefix, options) =>
      layer.each({ operation: "list", key: prefix, signal: options?.signal }, (signal, after) =>
        driver.list(prefix, { ...options, signal, startAfter: after ?? options?.startAfter }),
      ),
    check: (options) => around({ operation: "check", key: undefined }, options, (to) => driver.check(to)),
    close: () => driver.close(),
    copy: (source, target, options) =>
      around({ operation: "copy", key: target }, options, (to) => driver.copy(source, target, to)),
    ...(directories && { directories: wrapDirectories(directories, layer) }),
    multipart: wrapMultipart(multipart, layer),
    ...(conditional && { conditional: wrapConditional(conditional, layer) }),
    ...(presign && { presign: wrapPresign(presign, layer) }),
    ...(pathAtProxy && { pathAtProxy }),
  };
}

function wrapDirectories(directories: Directories, layer: Layer): Directories {
  const around = aroundWith(layer);
  return {
    names: (prefix, options) =>
      around({ operation: "directories.names", key: prefix }, options, (to) => directories.names(prefix, to)),
  };
}

function wrapMultipart(multipart: MultipartUploads, layer: Layer): MultipartUploads {
  const around = aroundWith(layer);
  const { openPart, listUploads } = multipart;
  return {
    limits: multipart.limits,
    create: (key, options) =>
      around({ operation: "multipart.create", key, release: (late) => multipart.abort(late) }, options, (to) =>
        multipart.create(key, to),
      ),
    putPart: (upload, number, body, options) =>
      around({ operation: "multipart.putPart", key: upload.key, size: sizeOf(body) }, options, (to) =>
        multipart.putPart(upload, number, body, to),
      ),
    complete: (upload, parts, options) =>
      around({ operation: "multipart.complete", key: upload.key }, options, (to) =>
        multipart.complete(upload, parts, to),
      ),
    abort: (upload, options) =>
      around({ operation: "multipart.abort", key: upload.key }, options, (to) => multipart.abort(upload, to)),
    ...(openPart && {
      openPart: (upload, number, options) =>
        around({ operation: "multipart.openPart", key: upload.key, release: (late) => late.abort() }, options, (to) =>
          openPart.call(multipart, upload, number, to),
        ),
    }),
    ...(listUploads && {
      listUploads: (prefix, options) =>
        layer.each({ operation: "multipart.listUploads", key: prefix, signal: options?.signal }, (signal) =>
          listUploads.call(multipart, prefix, { signal }),
        ),
    }),
  };
}

function wrapConditional(conditional: ConditionalWrites, layer: Layer): ConditionalWrites {
  const around = aroundWith(layer);
  return {
    create: (key, body, options) =>
      around({ operation: "conditional.create", key, size: sizeOf(body) }, options, (to) =>
        conditional.create(key, body, to),
      ),
  };
}

function wrapPresign(presign: Presigner, layer: Layer): Presigner {
  const around = aroundWith(layer);
  return {
    presignGet: (key, options) =>
      around({ operation: "presign.presignGet", key }, options, (to) => presign.presignGet(key, to)),
    ...(presign.classOf && { classOf: (address: string) => presign.classOf?.(address) ?? "" }),
  };
}

function aroundWith(layer: Layer) {
  return <T, O extends CallOptions | undefined>(
    call: Omit<Call<T>, "signal">,
    options: O,
    proceed: (options: O & CallOptions) => Promise<T>,
  ): Promise<T> =>
    layer.call({ ...call, signal: options?.signal }, (signal) => proceed({ ...options, signal } as O & CallOptions));
}

/** Goes through what another iterable yields, with something around each step. */
export async function* eachNext<T>(
  iterable: AsyncIterable<T>,
  around: (next: () => Promise<IteratorResult<T>>) => Promise<IteratorResult<T>>,
): AsyncGenerator<T> {
  const iterator = iterable[Symbol.asyncIterator]();
  let resting = true;
  const next = () => {
    resting = false;
    return iterator.next();
  };
  try {
    for (;;) {
      const result = await around(next);
      if (result.done) return;
      resting = true;
      yield result.value;
    }
  } finally {
    // A step that never ends must not be waited for: an iterator gives its return only after it.
    if (resting) await iterator.return?.();
  }
}
