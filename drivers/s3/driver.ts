/** Objects in S3, and in everything that speaks like it. */
import type { ConditionalWrites, DriverContext, StorageDriver } from "../contract.ts";
import { afterTrial, type Trial, tryCreations } from "../probe.ts";
import { withPatience } from "./again.ts";
import { createCheck } from "./check.ts";
import { createClient } from "./client.ts";
import { copyObject } from "./copy.ts";
import { createDeleteMany, deleteObject } from "./delete.ts";
import { createDirect } from "./direct.ts";
import { attempt } from "./errors.ts";
import { headObject } from "./info.ts";
import { listObjects } from "./list.ts";
import { s3Multipart } from "./multipart.ts";
import { createPresigner } from "./presign.ts";
import { openObject } from "./read.ts";
import type { S3Settings } from "./settings.ts";
import type { Store } from "./store.ts";
import { createObject, putObject } from "./write.ts";

const KEEPS_VERSIONS =
  "the bucket keeps versions: what is deleted keeps its space, and is paid for. Set a lifecycle rule that expires noncurrent versions " +
  "and expired delete markers (NoncurrentVersionExpiration, ExpiredObjectDeleteMarker), and ends incomplete multipart uploads";

export async function openS3Driver(settings: S3Settings, context: DriverContext): Promise<StorageDriver> {
  const client = createClient(settings, settings.endpoint);
  const store: Store = {
    client,
    direct: createDirect(client),
    settings,
    seen: { isCeph: false },
    onHidden: once(() => context.warn(KEEPS_VERSIONS)),
  };
  const check = createCheck(store);
  const deleteMany = createDeleteMany(store);

  const driver: StorageDriver = {
    name: settings.name,
    consistency: "strong",
    head: (key, { signal } = {}) => attempt("head", key, signal, () => headObject(store, key, signal)),
    get: (key, { signal, range } = {}) => attempt("get", key, signal, () => openObject(store, key, range, signal)),
    put: (key, body, { signal } = {}) => attempt("put", key, signal, () => putObject(store, key, body, signal)),
    delete: (key, { signal } = {}) => attempt("delete", key, signal, () => deleteObject(store, key, signal)),
    deleteMany: (keys, { signal } = {}) => attempt("deleteMany", undefined, signal, () => deleteMany(keys, signal)),
    list: (prefix, options = {}) => listObjects(store, prefix, options),
    check: ({ signal } = {}) => attempt("check", undefined, signal, () => check(signal)),
    async close() {
      client.sdk.destroy();
    },
    multipart: s3Multipart(store),
    copy: (source, target, { signal } = {}) =>
      attempt("copy", source, signal, () => copyObject(store, source, target, signal)),
    presign: createPresigner(store),
  };

  const conditional: ConditionalWrites = {
    create: (key, body, { signal } = {}) =>
      attempt("conditional.create", key, signal, () => createObject(store, key, body, signal)),
  };
  try {
    const trial = await checkWithCreations(driver, conditional, context);
    return trial ? afterTrial(driver, conditional, trial) : driver;
  } catch (error) {
    await driver.close();
    throw error;
  }
}

/**
 * Rejects as the check does. Whether creations keep what is there is tried at the same time, or a start would wait for the store once
 * more; where the check fails, its reason alone is told.
 */
async function checkWithCreations(
  driver: StorageDriver,
  { create }: ConditionalWrites,
  context: DriverContext,
): Promise<Trial | undefined> {
  // A store that has just been started, too, may say for a moment that it has too much to do.
  const checking = withPatience(undefined, () => driver.check());
  const warn: DriverContext["warn"] = (...words) =>
    void checking.then(
      () => context.warn(...words),
      () => {},
    );
  const trying = context.readOnly
    ? undefined
    : withPatience(undefined, () => tryCreations(create, driver.delete, warn));
  const [checked, tried] = await Promise.allSettled([checking, trying]);
  if (checked.status === "rejected") {
    if (tried.status === "fulfilled") await tried.value?.cleaned;
    throw checked.reason;
  }
  return await trying;
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}
