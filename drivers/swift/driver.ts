/** Objects in a container of OpenStack Swift, laid out as distribution does, through Swift's own API. */
import { closeAgents } from "../agents.ts";
import type { DriverContext, StorageDriver } from "../contract.ts";
import { DriverError } from "../errors.ts";
import type { SwiftParameters } from "./config.ts";
import { copyObject } from "./copy.ts";
import { deleteObjects } from "./delete.ts";
import { attempt } from "./errors.ts";
import { listObjects } from "./list.ts";
import { swiftMultipart } from "./multipart.ts";
import { type OpenOptions, openStore } from "./open.ts";
import { swiftPresigner } from "./presign.ts";
import { headObject, openObject } from "./read.ts";
import { type Store, tell } from "./store.ts";
import { putObject } from "./write.ts";

export async function openSwiftDriver(
  parameters: SwiftParameters,
  context: DriverContext,
  options: OpenOptions = {},
): Promise<StorageDriver> {
  const { store, signing } = await attempt("open", undefined, undefined, () => openStore(parameters, context, options));
  const driver: StorageDriver = {
    name: "swift",
    // New objects are seen at once. What was replaced or deleted may be seen a while longer, and listings come after.
    consistency: "eventual",
    head: (key, { signal } = {}) =>
      attempt("head", key, signal, async () => (await headObject(store, key, "head", signal)).info),
    get: (key, { signal, range } = {}) => attempt("get", key, signal, () => openObject(store, key, range, signal)),
    put: (key, body, { signal } = {}) => attempt("put", key, signal, () => putObject(store, key, body, signal)),
    delete: (key, { signal } = {}) =>
      attempt("delete", key, signal, () => deleteObjects(store, [key], "delete", signal)),
    deleteMany: (keys, { signal } = {}) =>
      attempt("deleteMany", undefined, signal, () => deleteObjects(store, keys, "deleteMany", signal)),
    list: (prefix, options = {}) => listObjects(store, prefix, options),
    check: ({ signal } = {}) => attempt("check", undefined, signal, () => checkContainer(store, signal)),
    close: async () => closeAgents(store.agents),
    multipart: swiftMultipart(store),
    copy: (source, target, { signal } = {}) =>
      attempt("copy", source, signal, () => copyObject(store, source, target, signal)),
  };
  return signing ? { ...driver, presign: swiftPresigner(store, signing) } : driver;
}

/** A listing, because that is what some users of a container are not allowed. */
async function checkContainer(store: Store, signal: AbortSignal | undefined): Promise<void> {
  const { container } = store.names;
  const answer = await tell(store, { method: "GET", query: { limit: "1" }, expect: [200, 204, 403, 404], signal });
  if (answer.status === 404) {
    throw new DriverError("unexpected", "check", { message: `there is no container ${container} any more: create it` });
  }
  if (answer.status === 403) {
    const message = `these credentials may not list the container ${container}: give the user a role in the project, or the container a read ACL with .rlistings`;
    throw new DriverError("denied", "check", { message });
  }
}
