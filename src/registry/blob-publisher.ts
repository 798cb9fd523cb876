/**
 * The moment in which bytes become a blob: verified, at their final key, then linked. Readers see all of a blob or nothing.
 */
import type { CallOptions, MultipartUpload, StorageDriver } from "../../drivers/contract.ts";
import { isNotFound } from "../../drivers/errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { algorithmOf, createDigester, type Digest } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import { OCTET_STREAM } from "../oci/media-types.ts";
import type { RepositoryName } from "../oci/names.ts";
import type { Runtime } from "../runtime.ts";
import type { Background } from "./background.ts";
import { sizeOfContent, unlessAbsent } from "./content.ts";
import { blobKey, layerLinkKey, uploadRecordKey } from "./keys.ts";
import { writeLink } from "./links.ts";
import { pump } from "./pump.ts";
import type { Reliance } from "./reliance.ts";
import {
  createStaging,
  inlineLimit,
  NOTHING_STAGED,
  type Staged,
  type Staging,
  type StagingOptions,
} from "./staging.ts";
import { readUploadBody, type UploadBody } from "./upload-body.ts";
import type { UploadRecord, UploadRecords } from "./upload-records.ts";

export interface BlobPublisher {
  /**
   * A blob whose digest is known before its bytes: they go straight to the final key, which is written only when the digest
   * matches. Rejects `digest_mismatch`.
   */
  publishStream(
    repository: RepositoryName,
    digest: Digest,
    body: UploadBody,
    options: CallOptions & { readonly uploadId: string },
  ): Promise<Descriptor>;
  /**
   * A blob whose bytes are in an upload session. `undefined` if another request has taken them away in the meantime.
   * Rejects `digest_mismatch`, and leaves the session as it is.
   */
  publishStaged(
    uploadId: string,
    record: UploadRecord,
    repository: RepositoryName,
    digest: Digest,
    options?: CallOptions,
  ): Promise<Descriptor | undefined>;
}

export function createBlobPublisher(
  {
    driver,
    runtime,
    records,
    reliance,
    background,
  }: {
    readonly driver: StorageDriver;
    readonly runtime: Runtime;
    readonly records: UploadRecords;
    readonly reliance: Reliance;
    readonly background: Background;
  },
  stagingOptions: Pick<StagingOptions, "partSize" | "memory">,
): BlobPublisher {
  async function link(
    repository: RepositoryName,
    digest: Digest,
    size: number,
    options?: CallOptions,
  ): Promise<Descriptor> {
    await writeLink(driver, layerLinkKey(repository, digest), digest, options);
    const descriptor = { mediaType: OCTET_STREAM, digest, size };
    reliance.wrote({ repository, digest, as: "blob" }, descriptor);
    return descriptor;
  }

  /** So that the reaper finds the parts if this process ends before they are published. */
  async function recordDirect(uploadId: string, repository: RepositoryName, multipart: MultipartUpload): Promise<void> {
    const stored = await records.append(uploadId, {
      version: 1,
      state: "direct",
      sequence: 1,
      attempt: runtime.randomUUID(),
      repository,
      size: 0,
      multipart,
      parts: [],
      tail: [],
      digests: [],
    });
    if (!stored) throw new RegistryError("upload_unknown", "the upload was cancelled, or continued by another request");
  }

  async function endDirect(
    uploadId: string,
    failed: { readonly staging: Staging; readonly multipart: MultipartUpload } | undefined,
  ): Promise<void> {
    if (failed) {
      // Parts still on their way would outlive the abort.
      await failed.staging.finish().catch(() => {});
      await driver.multipart.abort(failed.multipart);
    }
    await records.delete(uploadId, [1]);
  }

  /** The staged bytes under one key, whoever put them together. `false` if they are gone. */
  async function assemble(record: UploadRecord, multipart: MultipartUpload, options?: CallOptions): Promise<boolean> {
    try {
      await completeParts(driver, multipart, record, options);
      return true;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      const info = await unlessAbsent(() => driver.head(multipart.key, options));
      return info?.size === record.size;
    }
  }

  /** A long read that a client may not wait for: what it found is stored, so that the next request does not repeat it. */
  async function readBack(
    uploadId: string,
    record: UploadRecord,
    key: string,
    digest: Digest,
    options?: CallOptions,
  ): Promise<UploadRecord> {
    const digester = createDigester(algorithmOf(digest));
    const body = await driver.get(key, options);
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
    if (await records.append(uploadId, verified, options)) await records.delete(uploadId, [record.sequence], options);
    return verified;
  }

  return {
    async publishStream(repository, digest, body, { uploadId, signal }) {
      const isLong = (body.length ?? Number.POSITIVE_INFINITY) > inlineLimit(driver, stagingOptions.partSize);
      // The bytes must come all the same: only who has them may have them linked.
      const isThere = isLong && (await sizeOfContent(driver, digest, { signal })) !== undefined;
      let multipart: MultipartUpload | undefined;
      const onMultipart = async (begun: MultipartUpload) => {
        multipart = begun;
        await recordDirect(uploadId, repository, begun);
      };
      const staging = isThere
        ? DISCARD
        : createStaging(driver, blobKey(digest), NOTHING_STAGED, {
            ...stagingOptions,
            expected: body.length,
            onMultipart,
            signal,
          });
      const digester = createDigester(algorithmOf(digest));
      let published = false;
      try {
        const { received } = await readUploadBody(body, (chunk) => {
          digester.update(chunk);
          return staging.write(chunk);
        });
        const staged = await staging.finish();
        verify(digest, digester.digest());
        if (!isThere) await store(driver, digest, staged, { signal });
        published = true;
        return await link(repository, digest, received, { signal });
      } finally {
        if (multipart) {
          const ended = published ? undefined : { staging, multipart };
          background.run("removing a finished upload", () => endDirect(uploadId, ended));
        }
      }
    },

    async publishStaged(uploadId, given, repository, digest, options) {
      let record = given;
      const { multipart } = record;
      if (multipart === undefined || record.parts.length === 0) {
        verify(digest, digestOfTail(record, digest));
        await store(driver, digest, record, options);
      } else {
        const known = digestIn(record, digest);
        if (known) verify(digest, known);
        if (!(await assemble(record, multipart, options))) return undefined;
        if (!known) record = await readBack(uploadId, record, multipart.key, digest, options);
        verify(digest, digestIn(record, digest));
        const isThere = (await sizeOfContent(driver, digest, options)) !== undefined;
        const source = multipart.key;
        if (!isThere && !(await unlessAbsent(() => driver.copy(source, blobKey(digest), options)))) return undefined;
      }
      const descriptor = await link(repository, digest, record.size, options);
      const recordKeys = new Set([given, record].map(({ sequence }) => uploadRecordKey(uploadId, sequence)));
      const leftovers = [...recordKeys, ...(multipart ? [multipart.key] : [])];
      background.run("removing a finished upload", () => driver.deleteMany(leftovers));
      return descriptor;
    },
  };
}

const DISCARD: Staging = { write: () => undefined, finish: async () => NOTHING_STAGED };

async function store(driver: StorageDriver, digest: Digest, staged: Staged, options?: CallOptions): Promise<void> {
  if (staged.multipart && staged.parts.length > 0) await completeParts(driver, staged.multipart, staged, options);
  else await driver.put(blobKey(digest), staged.tail, options);
}

async function completeParts(
  driver: StorageDriver,
  multipart: MultipartUpload,
  { parts, tail }: Staged,
  options?: CallOptions,
): Promise<void> {
  const last = tail.length > 0 ? [await driver.multipart.putPart(multipart, parts.length + 1, tail, options)] : [];
  await driver.multipart.complete(multipart, [...parts, ...last], options);
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
