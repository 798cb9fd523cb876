/** Finds out, once, whether the store is there and what it can do. */
import { randomUUID } from "node:crypto";
import { closeAgents, createAgents } from "../agents.ts";
import type { DriverContext } from "../contract.ts";
import { DriverError } from "../errors.ts";
import type { SwiftParameters } from "./config.ts";
import { swiftError } from "./errors.ts";
import { digestOf, type Features, knowsContainerKeys, readFeatures } from "./features.ts";
import { drain, exchange } from "./http.ts";
import { createLogin } from "./login.ts";
import { createNames } from "./names.ts";
import { type Signing, sign } from "./presign.ts";
import { removeNames } from "./remove.ts";
import { createSession } from "./session.ts";
import { type Limits, type Store, tell } from "./store.ts";
import { openTempUrlKey } from "./temp-url-key.ts";
import { putBytes } from "./write.ts";

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/**
 * One request copies that much at most: it gives no sign of life until it is done, and of a longer object several
 * stretches are copied at once. Reading distribution's large objects, Swift also slows down after ten segments.
 */
const COPY_PART_SIZE = 128 * MIB;

const PAGE = 1000;

/** Swift delivers segments below that at one a second. */
const MIN_PART_SIZE = MIB;

export interface OpenOptions {
  /** Only to copy in parts what is not that large. */
  readonly copyPartSize?: number | undefined;
  /** Only to list in pages what is not that much. */
  readonly page?: number | undefined;
}

export interface OpenedStore {
  readonly store: Store;
  readonly signing: Signing | undefined;
}

export async function openStore(
  parameters: SwiftParameters,
  { warn, readOnly = false }: DriverContext,
  options: OpenOptions,
): Promise<OpenedStore> {
  const agents = createAgents({ skipVerify: parameters.insecureskipverify });
  try {
    const session = createSession(createLogin(agents, parameters));
    const { storageUrl } = await session.grant(undefined);
    const features = await readFeatures(agents, storageUrl).catch(() => undefined);
    assertLargeObjects(features);
    const names = createNames(parameters.container, parameters.prefix, features?.swift?.max_object_name_length ?? 1024);
    const store = { agents, session, names, limits: limitsOf(features, parameters, options), warn };
    await ensureContainer(store, readOnly);
    return { store, signing: await openSigning(store, parameters, features, readOnly) };
  } catch (error) {
    closeAgents(agents);
    throw error;
  }
}

function limitsOf(features: Features | undefined, { chunksize }: SwiftParameters, options: OpenOptions): Limits {
  const { bulk_delete: bulk, swift, slo } = features ?? {};
  return {
    bulkDeletes: bulk ? (bulk.max_deletes_per_request ?? 1000) : 0,
    page: Math.min(options.page ?? PAGE, swift?.container_listing_limit ?? PAGE),
    segmentsOfManifest: slo?.max_manifest_segments ?? 1000,
    objectSize: Math.min(swift?.max_file_size ?? 5 * GIB, 5 * GIB),
    minPartSize: chunksize ?? MIN_PART_SIZE,
    copyPartSize: options.copyPartSize ?? COPY_PART_SIZE,
  };
}

function assertLargeObjects(features: Features | undefined): void {
  if (features === undefined || features.slo) return;
  const message = "the store has no static large objects: have its operator add slo to the proxy's pipeline";
  throw new DriverError("unexpected", "open", { message });
}

async function ensureContainer(store: Store, readOnly: boolean): Promise<void> {
  const { container } = store.names;
  const found = await tell(store, { method: "HEAD", expect: [200, 204, 403, 404] });
  if (found.status === 403) {
    const message = `these credentials may not read the container ${container}: give the user a role in the project, or the container a read ACL`;
    throw new DriverError("denied", "open", { message });
  }
  if (found.status !== 404) return;
  if (readOnly) {
    throw new DriverError("unexpected", "open", { message: `there is no container ${container}: create it` });
  }
  const created = await tell(store, { method: "PUT", expect: [201, 202, 403] });
  if (created.status === 403) {
    const message = `there is no container ${container}, and these credentials may not create it: create it, or correct container`;
    throw new DriverError("denied", "open", { message });
  }
}

async function openSigning(
  store: Store,
  parameters: SwiftParameters,
  features: Features | undefined,
  readOnly: boolean,
): Promise<Signing | undefined> {
  const { tempurlcontainerkey, secretkey: configured, tenantid, accesskey } = parameters;
  const digest = digestOf(features);
  if (digest === undefined || !signsReads(features, parameters)) return undefined;
  const secret = parameters.password ?? parameters.applicationcredentialsecret ?? "";
  const scope = (tempurlcontainerkey ?? knowsContainerKeys(features)) ? "container" : "account";
  try {
    const key = await openTempUrlKey(store, scope, { configured, secret, maySet: !readOnly });
    if (!key) {
      store.warn(
        `clients are not redirected to the store: set a temporary URL key on the ${scope}, or let this user do it`,
      );
      return undefined;
    }
    const signing = { key, digest, access: { tenantid, accesskey } };
    return readOnly || (await isHonoured(store, signing)) ? signing : undefined;
  } catch (error) {
    const cause = swiftError("open", undefined, error);
    if (cause.retryable) throw cause;
    store.warn("clients are not redirected to the store: temporary URLs could not be tried", { cause });
    return undefined;
  }
}

/** What the store says about itself goes before what is configured, as with distribution. */
function signsReads(features: Features | undefined, { tempurlmethods }: SwiftParameters): boolean {
  if (features === undefined) return tempurlmethods?.includes("GET") ?? false;
  return features.tempurl !== undefined && (features.tempurl.methods ?? ["GET"]).includes("GET");
}

/** A URL that the store refuses would fail every pull. */
async function isHonoured(store: Store, signing: Signing): Promise<boolean> {
  const name = `${store.names.files}moorage/probe/${randomUUID()}`;
  await putBytes(store, name, [Buffer.from("probe")], {}, undefined);
  try {
    const { url } = await sign(store, signing, name, 600, undefined);
    const answer = await exchange(store.agents, { method: "GET", url: url.href, headers: {} });
    drain(answer);
    if (answer.status === 200) return true;
    store.warn(
      `clients are not redirected to the store: it answered ${answer.status} to a temporary URL. Is this clock right?`,
    );
    return false;
  } finally {
    await removeNames(store, [name], undefined).catch(() => {});
  }
}
