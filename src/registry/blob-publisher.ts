/**
 * The moment in which bytes become a blob: verified, at their final key, then linked. Readers see all of a blob or nothing.
 */
import type { CallOptions, MultipartUpload, StorageDriver } from "../../drivers/contract.ts";
import { DriverError, isNotFound } from "../../drivers/errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { algorithmOf, createDigester, type Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import type { RepositoryName } from "../oci/names.ts";
import type { Runtime } from "../runtime.ts";
import type { Background } from "./background.ts";
import { sizeOfContent, unlessAbsent } from "./content.ts";
import { blobKey } from "./keys.ts";
import type { LayerLinks } from "./layer-links.ts";
import { pump } from "./pump.ts";
import {
  createStaging,
  inlineLimit,
  NOTHING_STAGED,
  type Staged,
  type Staging,
  type StagingOptions,
  sizeOf,
} from "./staging.ts";
import { readUploadBody, type UploadBody } from "./upload-body.ts";
import { EMPTY_RECORD, type UploadRecord, type UploadRecords } from "./upload-records.ts";

export interface BlobPublisher {
  /**
   * A blob whose digest is known before its bytes: they go straight to the final key, which is written only when the digest
   * matches. Rejects `digest_mismatch`.
   */
  publishStream(
    repository: RepositoryName,
    digest: Digest,
    body: UploadBody,
    options?: CallOptions,
  ): Promise<Descriptor>;
  /**
   * A blob whose bytes are in an upload session. `undefined` if another request has taken them away in the meantime. Rejects
   * `digest_mismatch`, and leaves the session as it is; `upload_unknown` if an end that failed has put other bytes together.
   */
  publishStaged(
    uploadId: string,
    record: UploadRecord,
    repository: RepositoryName,
    digest: Digest,
    options?: CallOptions,
  ): Promise<Descriptor | undefined>;
}

interface DirectUpload {
  readonly id: string;
  readonly record: UploadRecord;
}

export function createBlobPublisher(
  {
    driver,
    runtime,
    records,
    links,
    background,
  }: {
    readonly driver: StorageDriver;
    readonly runtime: Runtime;
    readonly records: UploadRecords;
    readonly links: LayerLinks;
    readonly background: Background;
  },
  stagingOptions: Pick<StagingOptions, "partSize" | "memory">,
): BlobPublisher {
  /**
   * So that the reaper finds the parts if this process ends before they are published. Under a name of its own, not the
   * session's: a client that did not get its answer may send the blob again while the first request still goes on.
   */
  function directUpload(repository: RepositoryName, multipart: MultipartUpload): DirectUpload {
    const attempt = runtime.randomUUID();
    return { id: attempt, record: { ...EMPTY_RECORD, state: "direct", sequence: 1, attempt, repository, multipart } };
  }

  async function endDirect(staging: Staging, direct: DirectUpload | undefined, partsAreTaken: boolean): Promise<void> {
    // Parts still on their way would outlive the abort.
    await staging.finish().catch(() => {});
    if (direct === undefined) return;
    const { multipart } = direct.record;
    if (multipart && !partsAreTaken) await driver.multipart.abort(multipart);
    await records.deleteAll(direct.id, direct.record);
  }

  /**
   * A long read that a client may not wait for: what it found is stored, so that the next request does not repeat it.
   * `undefined` if the bytes are gone.
   */
  async function readBack(
    uploadId: string,
    record: UploadRecord,
    key: string,
    digest: Digest,
    options?: CallOptions,
  ): Promise<UploadRecord | undefined> {
    const digester = createDigester(algorithmOf(digest));
    const body = await unlessAbsent(() => driver.get(key, options));
    if (body === undefined) return undefined;
    await pump(body.stream(), (chunk) => {
      digester.update(chunk);
      return undefined;
    });
    const verified = {
      ...record,
      sequence: record.sequence + 1,
      attempt: runtime.randomUUID(),
      digests: [...record.digests, digester.digest()],
    };
    if (await records.append(uploadId, verified, options)) await records.overtake(uploadId, record, options);
    return verified;
  }

  /** The record that knows the digest of the parts, once they are the blob. `undefined` if the bytes are gone. */
  async function publishParts(
    uploadId: string,
    given: UploadRecord & Long,
    digest: Digest,
    options?: CallOptions,
  ): Promise<UploadRecord | undefined> {
    const { multipart } = given;
    const known = digestIn(given, digest);
    if (known) verify(digest, known);
    if (!(await assemble(driver, given, options))) return undefined;
    const record = known ? given : await readBack(uploadId, given, multipart.key, digest, options);
    if (record === undefined) return undefined;
    verify(digest, digestIn(record, digest));
    // One of another size is damaged, and replaced.
    if ((await sizeOfContent(driver, digest, options)) === record.size) return record;
    const copied = await unlessAbsent(() => driver.copy(multipart.key, blobKey(digest), options));
    if (copied && copied.size !== record.size) throw damaged("copy", digest, copied.size, record.size);
    return copied && record;
  }

  /** Of a long blob that need not be stored again. One that is not as long as it should be is damaged, and replaced. */
  async function sizeOfSame(
    digest: Digest,
    length: number | undefined,
    options?: CallOptions,
  ): Promise<number | undefined> {
    const isLong = (length ?? Number.POSITIVE_INFINITY) > inlineLimit(driver, stagingOptions.partSize);
    const size = isLong ? await sizeOfContent(driver, digest, options) : undefined;
    return length === undefined || length === size ? size : undefined;
  }

  return {
    async publishStream(repository, digest, body, { signal } = {}) {
      // The bytes must come all the same: only who has them may have them linked.
      const there = await sizeOfSame(digest, body.length, { signal });
      let direct: DirectUpload | undefined;
      const onMultipart = async (multipart: MultipartUpload) => {
        direct = directUpload(repository, multipart);
        await records.append(direct.id, direct.record);
      };
      const isThere = there !== undefined;
      const staging = isThere
        ? DISCARD
        : createStaging(driver, blobKey(digest), NOTHING_STAGED, {
            ...stagingOptions,
            expected: body.length,
            giveBack: body.giveBack,
            onMultipart,
            signal,
          });
      const digester = createDigester(algorithmOf(digest));
      let partsAreTaken = false;
      try {
        const { received } = await readUploadBody(body, (chunk) => {
          digester.update(chunk);
          return staging.write(chunk);
        });
        const staged = await staging.finish();
        if (staged.failure) throw staged.failure.error;
        verify(digest, digester.digest());
        if (there !== undefined && there !== received) throw damaged("head", digest, there, received);
        if (isLong(staged) && !(await assemble(driver, staged, { signal }))) throw endedMeanwhile();
        partsAreTaken = true;
        return isThere || isLong(staged)
          ? await links.add(repository, digest, received, { signal })
          : await links.addWithBytes(repository, digest, staged.tail, { signal });
      } finally {
        if (direct || !partsAreTaken) {
          background.run("removing a finished upload", () => endDirect(staging, direct, partsAreTaken));
        }
      }
    },

    async publishStaged(uploadId, given, repository, digest, options) {
      let record: UploadRecord | undefined = given;
      let descriptor: Descriptor;
      if (isLong(given)) {
        record = await publishParts(uploadId, given, digest, options);
        if (record === undefined) return undefined;
        descriptor = await links.add(repository, digest, record.size, options);
      } else {
        verify(digest, digestOfTail(given, digest));
        descriptor = await links.addWithBytes(repository, digest, given.tail, options);
      }
      const last = record;
      background.run("removing a finished upload", () =>
        records.deleteAll(uploadId, last, given.multipart ? [given.multipart.key] : []),
      );
      return descriptor;
    },
  };
}

const DISCARD: Staging = { write: () => undefined, finish: async () => NOTHING_STAGED };

type Long = Staged & { readonly multipart: MultipartUpload };

/** There are parts of it in the store. */
function isLong<S extends Staged>(staged: S): staged is S & Long {
  return staged.multipart !== undefined && staged.parts.length > 0;
}

/**
 * Puts the staged bytes under one key. `false` if they are gone, and nobody else has put them together yet. Rejects
 * `upload_unknown` if somebody has, with more or fewer of them.
 */
async function assemble(driver: StorageDriver, staged: Long, options?: CallOptions): Promise<boolean> {
  const { multipart, parts, tail } = staged;
  try {
    const last = tail.length > 0 ? [await driver.multipart.putPart(multipart, parts.length + 1, tail, options)] : [];
    await driver.multipart.complete(multipart, [...parts, ...last], options);
    return true;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const info = await unlessAbsent(() => driver.head(multipart.key, options));
    if (info && info.size !== sizeOf(staged)) throw endedMeanwhile();
    return info !== undefined;
  }
}

function damaged(operation: string, digest: Digest, size: number, expected: number): DriverError {
  const message = `the store has ${size} bytes where there are to be ${expected}: the object is damaged`;
  return new DriverError("unexpected", operation, { key: blobKey(digest), message });
}

function endedMeanwhile(): RegistryError {
  return new RegistryError("upload_unknown", "the upload was ended by another request");
}

function digestIn(record: UploadRecord, wanted: Digest): Digest | undefined {
  return record.digests.find((digest) => algorithmOf(digest) === algorithmOf(wanted));
}

function digestOfTail(record: UploadRecord, wanted: Digest): Digest {
  const known = digestIn(record, wanted);
  if (known) return known;
  const digester = createDigester(algorithmOf(wanted));
  for (const chunk of record.tail) digester.update(chunk);
  return digester.digest();
}

function verify(claimed: Digest, actual: Digest | undefined): void {
  if (claimed === actual) return;
  throw new RegistryError("digest_mismatch", "the digest is not the digest of the uploaded bytes", {
    details: [{ detail: { claimed, actual } }],
  });
}
