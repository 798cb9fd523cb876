/** Objects as block blobs, under the names that distribution gives them. */
import { closeAgents } from "../agents.ts";
import type { ConditionalWrites, DriverContext, StorageDriver } from "../contract.ts";
import { rootOf } from "../parameters.ts";
import { afterTrial, tryCreations } from "../probe.ts";
import { type Account, openAccount, type TokenCredential } from "./account.ts";
import { type Check, createCheck } from "./check.ts";
import type { AzureParameters } from "./config.ts";
import { copyObject } from "./copy.ts";
import { deleteObject, deleteObjects } from "./delete.ts";
import { attempt } from "./errors.ts";
import { listObjects } from "./list.ts";
import { azureMultipart } from "./multipart.ts";
import { headObject, openObject } from "./read.ts";
import { findSigning } from "./signing.ts";
import type { Limits, Place, Store } from "./store.ts";
import { createObject, putObject } from "./write.ts";

const MIB = 1024 ** 2;
/** Of a listing Azure gives up to 5,000 entries at once, which take a tenth of a second to parse. */
const LIMITS: Limits = { copyWhole: 256 * MIB, copyBlock: 64 * MIB, page: 1000 };

export interface AzureOptions {
  readonly limits?: Limits | undefined;
  /** Instead of the one that the parameters name. */
  readonly credential?: TokenCredential | undefined;
}

export async function openAzureDriver(
  parameters: AzureParameters,
  { warn, readOnly }: DriverContext,
  { limits = LIMITS, credential }: AzureOptions = {},
): Promise<StorageDriver> {
  const account = await openAccount(parameters, credential);
  const container = account.service.getContainerClient(parameters.container);
  const place: Place = { container, root: rootOf(parameters.rootdirectory) };
  try {
    const check = createCheck(place);
    await attempt("check", undefined, undefined, () => check(undefined));
    const { sourceOf, presign } = await findSigning(account, place, warn);
    const store: Store = { ...place, sourceOf, limits, warn };
    const driver = { ...driverOf(store, check, account), ...(presign && { presign }) };
    if (readOnly) return driver;
    const { create } = conditionalWrites(store);
    return afterTrial(driver, { create }, await tryCreations(create, driver.delete, warn));
  } catch (error) {
    closeAgents(account.agents);
    throw error;
  }
}

function driverOf(store: Store, check: Check, { agents }: Account): StorageDriver {
  return {
    name: "azure",
    consistency: "strong",
    head: (key, { signal } = {}) => attempt("head", key, signal, () => headObject(store, key, signal)),
    get: (key, { signal, range } = {}) => attempt("get", key, signal, () => openObject(store, key, range, signal)),
    put: (key, body, { signal } = {}) => attempt("put", key, signal, () => putObject(store, key, body, signal)),
    delete: (key, { signal } = {}) => attempt("delete", key, signal, () => deleteObject(store, key, signal)),
    deleteMany: (keys, { signal } = {}) =>
      attempt("deleteMany", undefined, signal, () => deleteObjects(store, keys, signal)),
    list: (prefix, options = {}) => listObjects(store, prefix, options),
    check: ({ signal } = {}) => attempt("check", undefined, signal, () => check(signal)),
    async close() {
      closeAgents(agents);
    },
    multipart: azureMultipart(store),
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
