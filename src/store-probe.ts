/**
 * What a store that answers may still not allow, or not keep: an operator is to read it at the start, not a client in the
 * middle of a push. A refusal to write does not stop the start: a registry that cannot take pushes can still serve pulls,
 * but one that cannot read can do nothing.
 */
import type { StorageDriver } from "../drivers/contract.ts";
import { isDriverError } from "../drivers/errors.ts";
import type { Log, Runtime } from "./runtime.ts";

const PREFIX = "moorage/probe/";
/** No blob has such a name, and nothing is ever there: the upload is ended as soon as it has begun. */
const BLOBS = "docker/registry/v2/blobs/";

export interface StoreProbe {
  readonly driver: StorageDriver;
  readonly log: Pick<Log, "warn">;
  readonly runtime: Pick<Runtime, "randomUUID">;
}

/** Leaves nothing behind. Rejects when the store refuses to read, or has trouble of another kind. */
export async function probeStore(probe: StoreProbe): Promise<void> {
  await Promise.all([probeObjects(probe), probeUploads(probe)]);
}

async function probeObjects({ driver, log, runtime }: StoreProbe): Promise<void> {
  const key = `${PREFIX}${runtime.randomUUID()}`;
  if (!(await isAllowed(log, "nothing can be pushed", () => driver.put(key, Buffer.from("probe"))))) return;
  // Some stores say of what is not there that it is absent, also to those who may not read what is.
  const [isSeen] = await Promise.all([isListed(driver, key), driver.get(key).then((body) => body.discard())]);
  await isAllowed(log, "nothing can be deleted, and what uploads leave stays", () => driver.delete(key));
  if (driver.consistency === "strong" && isSeen) return;
  log.warn(
    {},
    "this store's listings come after its writes: tags and repositories may be missing from their lists for a while, " +
      "and a chunked upload that goes on at once may have to ask where it is; see drivers/README.md",
  );
}

async function probeUploads({ driver, log, runtime }: StoreProbe): Promise<void> {
  const { multipart } = driver;
  await isAllowed(log, "no long blob can be pushed", async () => {
    const upload = await multipart.create(`${BLOBS}${runtime.randomUUID()}`);
    await isAllowed(log, "uploads that break off keep their space", () => multipart.abort(upload));
  });
  const uploads = multipart.listUploads?.(PREFIX)[Symbol.asyncIterator]();
  if (uploads) await isAllowed(log, "uploads that nobody ends are not found", () => uploads.next());
}

async function isListed(driver: StorageDriver, wanted: string): Promise<boolean> {
  for await (const { key } of driver.list(wanted)) if (key === wanted) return true;
  return false;
}

/** `false` when the store refuses it: then the log has what follows from that, and why. */
async function isAllowed(
  log: StoreProbe["log"],
  consequence: string,
  attempt: () => Promise<unknown>,
): Promise<boolean> {
  try {
    await attempt();
    return true;
  } catch (error) {
    if (!isDriverError(error, "denied")) throw error;
    log.warn({}, `${consequence}: ${error.message}`);
    return false;
  }
}
