/** Drivers around a driver, that watch, stop or spoil its calls. */
import type { ListEntry, ListOptions, StorageDriver } from "../../drivers/contract.ts";

export interface DriverCall {
  readonly operation: string;
  /** The first key of several. */
  readonly key: string;
}

/** Sees each call before it is made, and its outcome. */
export type Around = <T>(call: DriverCall, run: () => Promise<T>) => Promise<T>;

const WRITES: ReadonlySet<string> = new Set([
  "put",
  "delete",
  "deleteMany",
  "copy",
  "create",
  "multipart.create",
  "multipart.putPart",
  "multipart.openPart",
  "multipart.complete",
  "multipart.abort",
]);

export function isWrite({ operation }: DriverCall): boolean {
  return WRITES.has(operation);
}

/** Has the same abilities as `driver`. */
export function aroundDriver(driver: StorageDriver, around: Around): StorageDriver {
  const { multipart, conditional, directories } = driver;
  const openPart = multipart.openPart?.bind(multipart);
  return {
    ...driver,
    head: (key, options) => around({ operation: "head", key }, () => driver.head(key, options)),
    get: (key, options) => around({ operation: "get", key }, () => driver.get(key, options)),
    put: (key, body, options) => around({ operation: "put", key }, () => driver.put(key, body, options)),
    delete: (key, options) => around({ operation: "delete", key }, () => driver.delete(key, options)),
    deleteMany: (keys, options) =>
      around({ operation: "deleteMany", key: keys[0] ?? "" }, () => driver.deleteMany(keys, options)),
    list: (prefix, options) => listAround(driver, around, prefix, options),
    copy: (source, target, options) =>
      around({ operation: "copy", key: target }, () => driver.copy(source, target, options)),
    check: (options) => around({ operation: "check", key: "" }, () => driver.check(options)),
    ...(directories && {
      directories: {
        names: (prefix, options) =>
          around({ operation: "directories.names", key: prefix }, () => directories.names(prefix, options)),
      },
    }),
    multipart: {
      ...multipart,
      create: (key, options) => around({ operation: "multipart.create", key }, () => multipart.create(key, options)),
      putPart: (upload, partNumber, body, options) =>
        around({ operation: "multipart.putPart", key: upload.key }, () =>
          multipart.putPart(upload, partNumber, body, options),
        ),
      ...(openPart && {
        openPart: (upload, partNumber, options) =>
          around({ operation: "multipart.openPart", key: upload.key }, () => openPart(upload, partNumber, options)),
      }),
      complete: (upload, parts, options) =>
        around({ operation: "multipart.complete", key: upload.key }, () => multipart.complete(upload, parts, options)),
      abort: (upload, options) =>
        around({ operation: "multipart.abort", key: upload.key }, () => multipart.abort(upload, options)),
    },
    ...(conditional && {
      conditional: {
        create: (key, body, options) =>
          around({ operation: "create", key }, () => conditional.create(key, body, options)),
      },
    }),
  };
}

async function* listAround(
  driver: StorageDriver,
  around: Around,
  prefix: string,
  options: ListOptions | undefined,
): AsyncGenerator<ListEntry> {
  await around({ operation: "list", key: prefix }, async () => {});
  yield* driver.list(prefix, options);
}

export function withoutConditional(driver: StorageDriver): StorageDriver {
  const { conditional, ...rest } = driver;
  return rest;
}

export interface RecordedCalls {
  readonly driver: StorageDriver;
  readonly calls: readonly DriverCall[];
  forget(): void;
}

export function recordCalls(driver: StorageDriver): RecordedCalls {
  const calls: DriverCall[] = [];
  return {
    driver: aroundDriver(driver, (call, run) => {
      calls.push(call);
      return run();
    }),
    calls,
    forget: () => void calls.splice(0),
  };
}

export async function keysUnder(driver: StorageDriver, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of driver.list(prefix)) keys.push(key);
  return keys;
}
