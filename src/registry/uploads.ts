/**
 * Upload sessions: OCI distribution-spec, "Pushing Blobs". A session is a value that the client carries with it, and a chain
 * of records in the bucket; nothing is in this process that another replica would miss. Starting one stores nothing.
 */
import { LRUCache } from "lru-cache";
import type { CallOptions, StorageDriver } from "../../drivers/contract.ts";
import { isNotFound } from "../../drivers/errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import {
  CANONICAL_ALGORITHM,
  createDigester,
  type Digest,
  type DigestAlgorithm,
  type Digester,
} from "../oci/digest.ts";
import { isRegistryError, RegistryError } from "../oci/errors.ts";
import type { RepositoryName } from "../oci/names.ts";
import type { Runtime } from "../runtime.ts";
import type { Background } from "./background.ts";
import type { BlobPublisher } from "./blob-publisher.ts";
import type { BlobStore } from "./blobs.ts";
import { stagedKey } from "./keys.ts";
import type { Protocol } from "./protocol.ts";
import { createStaging, NOTHING_STAGED, type Staged, type StagingOptions, sizeOf } from "./staging.ts";
import { readUploadBody, type UploadBody } from "./upload-body.ts";
import { EMPTY_RECORD, type UploadRecord, type UploadRecords } from "./upload-records.ts";
import { endingError, outOfOrder, sessionAt, type UploadSession, unknown, unknownError } from "./upload-session.ts";

export interface UploadSessions {
  start(repository: RepositoryName, options?: { readonly algorithm?: DigestAlgorithm | undefined }): UploadSession;
  /** The session as the bucket has it, which may be further than the value. Rejects `upload_unknown`. */
  resume(session: UploadSession, options?: CallOptions): Promise<UploadSession>;
  /**
   * Rejects `upload_out_of_order` where the chunk does not continue the session, `upload_unknown`. When the client or the
   * store breaks off, what arrived is kept before this rejects: `resume` tells how much.
   */
  append(session: UploadSession, body: UploadBody, options?: CallOptions): Promise<UploadSession>;
  /**
   * Takes the last bytes, if there are any, and publishes the blob. Rejects `digest_mismatch`, `upload_ending` where another
   * request does the same and takes long, and as `append`.
   */
  complete(session: UploadSession, digest: Digest, body: UploadBody, options?: CallOptions): Promise<Descriptor>;
  /** A blob in one request. Rejects `digest_mismatch`. */
  upload(repository: RepositoryName, digest: Digest, body: UploadBody, options?: CallOptions): Promise<Descriptor>;
  /** Ends the session; its states do not come back. Rejects `upload_unknown`. */
  cancel(session: UploadSession, options?: CallOptions): Promise<void>;
}

/** Digests of bytes that this process has received: a hash cannot be stored in the middle. */
const LIVE_DIGESTERS = 1000;
const MAX_RACES = 5;

/** Between looks at an upload that another request ends: from the one, doubled each time, to the other. 12.7 s in all. */
const FIRST_PAUSE_MILLISECONDS = 100;
const LONGEST_PAUSE_MILLISECONDS = 6400;

export function createUploadSessions(
  {
    driver,
    runtime,
    protocol,
    background,
    records,
    blobs,
    publisher,
  }: {
    readonly driver: StorageDriver;
    readonly runtime: Runtime;
    readonly protocol: Protocol;
    readonly background: Background;
    readonly records: UploadRecords;
    readonly blobs: BlobStore;
    readonly publisher: BlobPublisher;
  },
  staging: Pick<StagingOptions, "partSize" | "memory">,
): UploadSessions {
  const live = new LRUCache<string, Digester>({ max: LIVE_DIGESTERS });

  /**
   * The record that the client's state speaks of; `undefined` if it stored nothing yet. A later record counts as the same when
   * it is no longer: then only its digest has become known.
   */
  async function recordOf(session: UploadSession, options?: CallOptions): Promise<UploadRecord | undefined> {
    if (session.sequence === 0) return undefined;
    const own = await records.get(session.id, session.sequence, options);
    const record = own === undefined || own.state === "overtaken" ? await records.latest(session.id, options) : own;
    if (record?.state !== "open" || record.repository !== session.repository) return unknown(session);
    return record.size === session.offset ? record : outOfOrder(record.size);
  }

  /** `undefined` if this process has not seen all the bytes that came before. */
  function digesterAfter(record: UploadRecord | undefined, algorithm: DigestAlgorithm): Digester | undefined {
    const known = record && live.get(record.attempt);
    if (known?.algorithm === algorithm) return known.fork();
    if (record && record.parts.length > 0) return undefined;
    const digester = createDigester(algorithm);
    for (const chunk of record?.tail ?? []) digester.update(chunk);
    return digester;
  }

  /** Stores the next record of the chain. If another request was first, its record stands, and this rejects. */
  async function advance(
    session: UploadSession,
    previous: UploadRecord | undefined,
    staged: Staged,
    digester: Digester | undefined,
  ): Promise<UploadRecord> {
    const record: UploadRecord = {
      ...EMPTY_RECORD,
      state: "open",
      sequence: (previous?.sequence ?? 0) + 1,
      attempt: runtime.randomUUID(),
      repository: session.repository,
      size: sizeOf(staged),
      multipart: staged.multipart,
      parts: [...staged.parts],
      tail: staged.tail,
      digests: digester ? [digester.digest()] : [],
    };
    if (!(await records.append(session.id, record))) {
      giveUp(staged, previous);
      const latest = await records.latest(session.id);
      return latest?.state === "open" ? outOfOrder(latest.size) : unknown(session);
    }
    if (digester) live.set(record.attempt, digester);
    if (previous) background.run("emptying an upload's old record", () => records.overtake(session.id, previous));
    return record;
  }

  /** The record that follows `record` once the bytes are stored: the same one, if there were none. */
  async function extend(
    session: UploadSession,
    record: UploadRecord | undefined,
    body: UploadBody,
  ): Promise<UploadRecord | undefined> {
    const offset = record?.size ?? 0;
    if (body.startsAt !== undefined && body.startsAt !== offset) return outOfOrder(offset);

    const key = stagedKey(session.id, runtime.randomUUID());
    const stage = createStaging(driver, key, record ?? NOTHING_STAGED, {
      ...staging,
      expected: body.length,
      giveBack: body.giveBack,
    });
    const digester = digesterAfter(record, session.algorithm);
    let received = 0;
    // Not the caller's signal: what a client sent before it went away is kept.
    const broken = await failureOf(
      readUploadBody(body, (chunk) => {
        received += chunk.length;
        digester?.update(chunk);
        return stage.write(chunk);
      }),
    );
    const staged = await stage.finish({ isWhole: broken === undefined });
    const kept = sizeOf(staged) - offset;
    const next = kept > 0 ? await advance(session, record, staged, kept === received ? digester : undefined) : record;
    if (kept <= 0) giveUp(staged, record);
    const failure = broken ?? staged.failure;
    if (failure) throw isNotFound(failure.error) ? unknownError(session) : failure.error;
    return next;
  }

  /** Parts that were added to somebody else's multipart upload are dropped when that one is completed. */
  function giveUp({ multipart }: Staged, previous: UploadRecord | undefined): void {
    if (multipart === undefined || multipart.id === previous?.multipart?.id) return;
    background.run("ending an overtaken upload", () => driver.multipart.abort(multipart));
  }

  const sessions: UploadSessions = {
    start: (repository, { algorithm = CANONICAL_ALGORITHM } = {}) => ({
      id: runtime.randomUUID(),
      repository,
      algorithm,
      startedAt: new Date(runtime.now()),
      sequence: 0,
      offset: 0,
    }),

    async resume(session, options) {
      const record = await records.latest(session.id, options);
      if (record === undefined && session.sequence === 0) return session;
      if (record?.state !== "open" || record.repository !== session.repository) return unknown(session);
      return sessionAt(session, record);
    },

    async append(session, body, options) {
      protocol.assertWritable();
      const record = await extend(session, await recordOf(session, options), body);
      return record ? sessionAt(session, record) : session;
    },

    async complete(session, digest, body, options) {
      protocol.assertWritable();
      if (session.sequence === 0) return await completeAtOnce(session, digest, body, options);
      try {
        const record = (await extend(session, await recordOf(session, options), body)) ?? unknown(session);
        const done = await publisher.publishStaged(session.id, record, session.repository, digest, options);
        return done ?? (await endOfAnother(sessionAt(session, record), digest, options));
      } catch (error) {
        if (!isRegistryError(error, "upload_unknown") && !isRegistryError(error, "upload_out_of_order")) throw error;
        // The answer to an earlier request like this may have been lost: then the session is gone, and the blob is there.
        const published = await blobs.find(session.repository, digest, options);
        if (published === undefined) throw error;
        return published;
      }
    },

    upload(repository, digest, body, options) {
      protocol.assertWritable();
      return publisher.publishStream(repository, digest, body, options);
    },

    async cancel(session, options) {
      protocol.assertWritable();
      for (let race = 0; race < MAX_RACES; race++) {
        const latest = await records.latest(session.id, options);
        if (latest === undefined && session.sequence > 0) return unknown(session);
        if (latest && (latest.state === "cancelled" || latest.repository !== session.repository))
          return unknown(session);
        // First, so that a cancel that fails half-way can be repeated.
        if (latest) await discard(session.id, latest);
        if (await records.append(session.id, tombstone(session, latest), options)) return;
      }
      throw new RegistryError("upload_invalid", "the upload keeps changing: stop sending to it before you cancel it");
    },
  };

  /**
   * Of a session that had all its bytes when this request saw it, and whose bytes have been taken away since: another request
   * ends it, and they are nowhere until it is done.
   */
  async function endOfAnother(session: UploadSession, digest: Digest, options?: CallOptions): Promise<Descriptor> {
    for (let pause = FIRST_PAUSE_MILLISECONDS; ; pause *= 2) {
      // In this order: the record goes when the blob is there.
      const over = await failureOf(recordOf(session, options));
      const published = await blobs.find(session.repository, digest, options);
      if (published) return published;
      if (over) throw over.error;
      if (pause > LONGEST_PAUSE_MILLISECONDS) throw endingError(session);
      await runtime.sleep(pause, options);
    }
  }

  /** The whole blob in the request that ends the session. */
  async function completeAtOnce(
    session: UploadSession,
    digest: Digest,
    body: UploadBody,
    options?: CallOptions,
  ): Promise<Descriptor> {
    if (body.startsAt) return outOfOrder(0);
    try {
      return await publisher.publishStream(session.repository, digest, body, options);
    } catch (error) {
      if (!isRegistryError(error, "digest_mismatch")) throw error;
      // A client that did not get the answer to its last chunk ends the upload with the state of before.
      const latest = await records.latest(session.id, options);
      if (latest?.state === "open") return outOfOrder(latest.size);
      throw error;
    }
  }

  function tombstone(session: UploadSession, latest: UploadRecord | undefined): UploadRecord {
    return {
      ...EMPTY_RECORD,
      state: "cancelled",
      sequence: (latest?.sequence ?? 0) + 1,
      attempt: runtime.randomUUID(),
      repository: session.repository,
    };
  }

  /** Whoever has the client's state goes by this record, so it must be empty before the client is told that the upload is gone. */
  async function discard(uploadId: string, record: UploadRecord): Promise<void> {
    await records.overtake(uploadId, record);
    const { multipart } = record;
    if (multipart) background.run("ending a cancelled upload", () => driver.multipart.abort(multipart));
  }

  return sessions;
}

async function failureOf(work: Promise<unknown>): Promise<{ readonly error: unknown } | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return { error };
  }
}
