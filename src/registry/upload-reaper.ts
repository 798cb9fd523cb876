/**
 * Ends upload sessions that nobody goes on with, and the multipart uploads that belong to them. One replica at a time: who
 * creates the lease of an interval works in it.
 */
import type { CallOptions, ListEntry, StorageDriver } from "../../drivers/contract.ts";
import { isDriverError } from "../../drivers/errors.ts";
import type { Log, Runtime } from "../runtime.ts";
import { BLOBS_PREFIX, foreignUploadsPrefix, LEASES_PREFIX, UPLOADS_PREFIX, uploadIdOf, uploadPrefix } from "./keys.ts";
import type { RepositoryStore } from "./repositories.ts";
import type { UploadRecords } from "./upload-records.ts";

export interface UploadReaperOptions {
  readonly enabled: boolean;
  /** A session is abandoned when nothing was added to it for that long. */
  readonly ageMilliseconds: number;
  readonly intervalMilliseconds: number;
  /** Only say what would be removed. */
  readonly dryRun: boolean;
}

export interface UploadReaper {
  /** Goes round every interval until it is stopped. */
  start(): void;
  /** Once, now. Resolves to the number of sessions that ended. */
  reap(options?: CallOptions): Promise<number>;
  stop(): Promise<void>;
}

type ObjectEntry = Extract<ListEntry, { kind: "object" }>;

export function createUploadReaper(
  {
    driver,
    runtime,
    log,
    records,
    repositories,
  }: {
    readonly driver: StorageDriver;
    readonly runtime: Runtime;
    readonly log: Log;
    readonly records: UploadRecords;
    readonly repositories: RepositoryStore;
  },
  { enabled, ageMilliseconds, intervalMilliseconds, dryRun }: UploadReaperOptions,
): UploadReaper {
  const stopped = new AbortController();
  let running: Promise<void> = Promise.resolve();

  const isOld = ({ lastModified }: { readonly lastModified: Date }) =>
    lastModified.getTime() < runtime.now() - ageMilliseconds;

  /** Those of which nothing is young. One listing has the objects of all sessions, one session after the other. */
  async function* idleSessions(options?: CallOptions): AsyncGenerator<string> {
    let [id, isIdle] = ["", false];
    for await (const entry of driver.list(UPLOADS_PREFIX, options)) {
      if (entry.kind !== "object") continue;
      const next = uploadIdOf(entry.key);
      if (next !== id) {
        if (isIdle) yield id;
        [id, isIdle] = [next, true];
      }
      isIdle &&= isOld(entry);
    }
    if (isIdle) yield id;
  }

  /** The keys of one session, if all of them are old: somebody may have gone on with it since it was seen. */
  async function abandonedKeys(prefix: string, options?: CallOptions): Promise<string[]> {
    const entries: ObjectEntry[] = [];
    for await (const entry of driver.list(prefix, options)) if (entry.kind === "object") entries.push(entry);
    return entries.every(isOld) ? entries.map(({ key }) => key) : [];
  }

  async function remove(keys: readonly string[], options?: CallOptions): Promise<void> {
    if (!dryRun) await driver.deleteMany(keys, options);
  }

  async function reapSession(uploadId: string, options?: CallOptions): Promise<boolean> {
    const keys = await abandonedKeys(uploadPrefix(uploadId), options);
    if (keys.length === 0) return false;
    const record = await records.latest(uploadId, options);
    // The parts first: once the record is gone, nothing tells where they are.
    if (record?.multipart && !dryRun) await driver.multipart.abort(record.multipart, options);
    await remove(keys, options);
    log.info({ upload: uploadId, repository: record?.repository, dryRun }, "an abandoned upload was ended");
    return true;
  }

  /** One that cannot be read keeps nobody from ending the others. */
  async function reapIfReadable(uploadId: string, options?: CallOptions): Promise<boolean> {
    try {
      return await reapSession(uploadId, options);
    } catch (error) {
      if (!isDriverError(error, "unexpected")) throw error;
      log.warn({ err: error, upload: uploadId }, "an abandoned upload cannot be read, and stays");
      return false;
    }
  }

  /** Multipart uploads whose process ended before it stored a record of them. */
  async function reapUnrecorded(prefix: string, options?: CallOptions): Promise<void> {
    for await (const upload of driver.multipart.listUploads?.(prefix, options) ?? []) {
      if (!isOld({ lastModified: upload.startedAt })) continue;
      if (!dryRun) await driver.multipart.abort(upload, options);
      log.info({ key: upload.key, dryRun }, "an unrecorded multipart upload was ended");
    }
  }

  /** distribution keeps its unfinished uploads in the repositories; nobody else ends them once it is replaced. */
  async function reapForeign(options?: CallOptions): Promise<void> {
    for await (const repository of repositories.walk({ ...options, holding: "_uploads" })) {
      const prefix = foreignUploadsPrefix(repository);
      for await (const entry of driver.list(prefix, { ...options, delimiter: "/" })) {
        if (entry.kind !== "prefix") continue;
        const keys = await abandonedKeys(entry.key, options);
        if (keys.length === 0) continue;
        await remove(keys, options);
        log.info(
          { repository, upload: entry.key.slice(prefix.length, -1), dryRun },
          "distribution's abandoned upload was removed",
        );
      }
    }
  }

  async function takeLease(): Promise<boolean> {
    if (driver.conditional === undefined) return true;
    const name = (interval: number) => `${LEASES_PREFIX}upload-reaper.${interval}`;
    const interval = Math.floor(runtime.now() / intervalMilliseconds);
    try {
      await driver.conditional.create(name(interval), Buffer.from(new Date(runtime.now()).toISOString()));
    } catch (error) {
      if (isDriverError(error, "already_exists")) return false;
      throw error;
    }
    for await (const { key } of driver.list(`${LEASES_PREFIX}upload-reaper.`)) {
      if (key !== name(interval)) await driver.delete(key);
    }
    return true;
  }

  async function round(): Promise<void> {
    try {
      if (await takeLease()) await reaper.reap({ signal: stopped.signal });
    } catch (error) {
      if (!stopped.signal.aborted) log.warn({ err: error }, "abandoned uploads could not be looked for");
    }
  }

  async function go(): Promise<void> {
    while (!stopped.signal.aborted) {
      // Replicas that start together look at different moments.
      const spread = 0.9 + 0.2 * (runtime.randomBytes(1).readUInt8() / 255);
      await runtime.sleep(intervalMilliseconds * spread, { signal: stopped.signal });
      await round();
    }
  }

  const reaper: UploadReaper = {
    start() {
      if (enabled) running = go().catch(() => {}); // ends by the abort of its sleep
    },
    async reap(options) {
      let ended = 0;
      for await (const id of idleSessions(options)) if (await reapIfReadable(id, options)) ended++;
      // What is staged, and what goes straight to its final key.
      for (const prefix of [UPLOADS_PREFIX, BLOBS_PREFIX]) await reapUnrecorded(prefix, options);
      await reapForeign(options);
      return ended;
    },
    async stop() {
      stopped.abort();
      await running;
    },
  };
  return reaper;
}
