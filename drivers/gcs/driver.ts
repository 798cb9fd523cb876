/** Objects in Google Cloud Storage, under the names that distribution gives them. */
import { closeAgents } from "../agents.ts";
import type { ConditionalWrites, DriverContext, Presigner, StorageDriver } from "../contract.ts";
import { isDriverError } from "../errors.ts";
import { rootOf } from "../parameters.ts";
import { afterTrial, tryCreations } from "../probe.ts";
import { type Account, openAccount } from "./account.ts";
import { type Check, createCheck } from "./check.ts";
import type { GcsParameters } from "./config.ts";
import { copyObject } from "./copy.ts";
import { deleteObject, deleteObjects } from "./delete.ts";
import { attempt } from "./errors.ts";
import { listObjects } from "./list.ts";
import { gcsMultipart } from "./multipart.ts";
import { gcsPresigner } from "./presign.ts";
import { headObject, openObject } from "./read.ts";
import type { Limits, Store } from "./store.ts";
import { createObject, insertObject } from "./write.ts";

const GOOGLE = "https://storage.googleapis.com";
/** Cloud Storage's own. */
const LIMITS: Limits = { compose: 32, page: 1000 };

export interface GcsOptions {
  readonly limits?: Limits | undefined;
}

export async function openGcsDriver(
  parameters: GcsParameters,
  { warn, readOnly }: DriverContext,
  { limits = LIMITS }: GcsOptions = {},
): Promise<StorageDriver> {
  const account = await openAccount(parameters);
  const { connection } = account;
  const { origin } = connection.endpoint;
  if (parameters.apiendpoint === undefined && origin !== GOOGLE) {
    warn(`requests go to ${origin}, because STORAGE_EMULATOR_HOST says so`);
  }
  const store: Store = { connection, bucket: parameters.bucket, root: rootOf(parameters.rootdirectory), limits, warn };
  try {
    const driver = driverOf(store, createCheck(store));
    await driver.check();
    const presign = await presignerOf(store, account);
    const complete = { ...driver, ...(presign && { presign }) };
    if (readOnly) return complete;
    const { create } = conditionalWrites(store);
    return afterTrial(complete, { create }, await tryCreations(create, driver.delete, warn));
  } catch (error) {
    closeAgents(connection.agents);
    throw error;
  }
}

function driverOf(store: Store, check: Check): StorageDriver {
  return {
    name: "gcs",
    consistency: "strong",
    head: (key, { signal } = {}) => attempt("head", key, signal, () => headObject(store, key, "head", signal)),
    get: (key, { signal, range } = {}) => attempt("get", key, signal, () => openObject(store, key, range, signal)),
    put: (key, bytes, { signal } = {}) =>
      attempt("put", key, signal, () => insertObject(store, { key, bytes, operation: "put" }, signal)),
    delete: (key, { signal } = {}) => attempt("delete", key, signal, () => deleteObject(store, key, "delete", signal)),
    deleteMany: (keys, { signal } = {}) =>
      attempt("deleteMany", undefined, signal, () => deleteObjects(store, keys, "deleteMany", signal)),
    list: (prefix, options = {}) => listObjects(store, prefix, options),
    check: ({ signal } = {}) => attempt("check", undefined, signal, () => check(signal)),
    async close() {
      closeAgents(store.connection.agents);
    },
    multipart: gcsMultipart(store),
    copy: (source, target, { signal } = {}) =>
      attempt("copy", source, signal, () => copyObject(store, source, target, signal)),
  };
}

function conditionalWrites(store: Store): ConditionalWrites {
  return {
    create: (key, body, { signal } = {}) =>
      attempt("conditional.create", key, signal, () => createObject(store, key, body, signal)),
  };
}

/** A key signs by itself. All others need a service that does, and a permission for it. */
async function presignerOf(store: Store, { storage, hasCredentials }: Account): Promise<Presigner | undefined> {
  if (!hasCredentials) return undefined;
  const presigner = gcsPresigner(store, storage);
  try {
    await presigner.presignGet("moorage/absent", { expiresInSeconds: 60 });
    return presigner;
  } catch (cause) {
    if (isDriverError(cause) && cause.retryable) throw cause;
    store.warn("clients get blobs through the registry: these credentials cannot sign URLs", { cause });
    return undefined;
  }
}
