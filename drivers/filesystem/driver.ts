/** Objects as files, laid out as distribution does: the key is the path. */
import type { DriverContext, StorageDriver } from "../contract.ts";
import type { FilesystemParameters } from "./config.ts";
import { copyObject } from "./copy.ts";
import { deleteObject, deleteObjects } from "./delete.ts";
import { attempt } from "./errors.ts";
import { listObjects, namesUnder } from "./list.ts";
import { filesystemMultipart } from "./multipart.ts";
import { openStore, probe } from "./open.ts";
import type { Store } from "./paths.ts";
import { headObject, openObject } from "./read.ts";
import { sweepLeftovers } from "./sweep.ts";
import { createObject, putObject } from "./write.ts";

export async function openFilesystemDriver(
  { rootdirectory, acceldirectory }: Pick<FilesystemParameters, "rootdirectory"> & Partial<FilesystemParameters>,
  context: DriverContext,
): Promise<StorageDriver> {
  const store = await attempt("open", rootdirectory, undefined, () => openStore(rootdirectory, context));
  const driver = createFilesystemDriver(store, { sweeps: !context.readOnly });
  return acceldirectory === undefined ? driver : { ...driver, pathAtProxy: (key) => acceldirectory + key };
}

export function createFilesystemDriver(store: Store, { sweeps = true } = {}): StorageDriver {
  const closing = new AbortController();
  const sweeping = sweeps
    ? sweepLeftovers(store, Date.now(), closing.signal).catch((cause) =>
        store.warn("leftovers of earlier writes could not be removed", { directory: store.tmp, cause }),
      )
    : Promise.resolve();

  const driver: StorageDriver = {
    name: "filesystem",
    consistency: store.consistency,
    head: (key, { signal } = {}) => attempt("head", key, signal, () => headObject(store, key)),
    get: (key, { signal, range } = {}) => attempt("get", key, signal, () => openObject(store, key, range)),
    put: (key, body, options = {}) => attempt("put", key, options.signal, () => putObject(store, key, body, options)),
    delete: (key, { signal } = {}) => attempt("delete", key, signal, () => deleteObject(store, key)),
    deleteMany: (keys, options = {}) =>
      attempt("deleteMany", undefined, options.signal, () => deleteObjects(store, keys, options)),
    list: (prefix, options = {}) => listObjects(store, prefix, options),
    check: ({ signal } = {}) => attempt("check", undefined, signal, () => probe(store)),
    async close() {
      closing.abort();
      await sweeping;
    },
    directories: { names: (prefix, { signal } = {}) => namesUnder(store, prefix, signal) },
    multipart: filesystemMultipart(store),
    copy: (source, target, { signal } = {}) =>
      attempt("copy", source, signal, () => copyObject(store, source, target, signal)),
  };
  if (!store.hardLinks) return driver;
  return {
    ...driver,
    conditional: {
      create: (key, body, options = {}) =>
        attempt("conditional.create", key, options.signal, () => createObject(store, key, body, options)),
    },
  };
}
