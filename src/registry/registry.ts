/** A registry: what its rooms need of each other is put together here, and nowhere else. Knows no HTTP. */
import type { StorageDriver } from "../../drivers/contract.ts";
import type { Log, Runtime } from "../runtime.ts";
import { createBackground } from "./background.ts";
import { createBlobPublisher } from "./blob-publisher.ts";
import { type BlobStore, createBlobStore } from "./blobs.ts";
import { createLayerLinks } from "./layer-links.ts";
import { createSharedLinkReader } from "./links.ts";
import { createManifestContents } from "./manifest-contents.ts";
import { createManifestReferences, type ReferencePolicy } from "./manifest-references.ts";
import { createManifestStore, type ManifestStore } from "./manifests.ts";
import { createPresence, type SharedPresence } from "./presence.ts";
import { createProtocol } from "./protocol.ts";
import { createRedirects } from "./redirects.ts";
import { createReferrers, createReferrersList, type ReferrersList } from "./referrers.ts";
import { createReliance } from "./reliance.ts";
import { createRepositoryStore, type RepositoryStore } from "./repositories.ts";
import { createTagStore, type TagStore } from "./tags.ts";
import { createUploadMemory } from "./upload-memory.ts";
import { createUploadReaper, type UploadReaper, type UploadReaperOptions } from "./upload-reaper.ts";
import { createUploadRecords } from "./upload-records.ts";
import { createUploadSessions, type UploadSessions } from "./uploads.ts";

export interface Registry {
  readonly repositories: RepositoryStore;
  readonly blobs: BlobStore;
  readonly uploads: UploadSessions;
  readonly manifests: ManifestStore;
  readonly tags: TagStore;
  readonly referrers: ReferrersList;
  readonly reaper: UploadReaper;
  /** Proves that the store works, and settles by which rules it is written. Rejects when it does not answer. */
  start(): Promise<void>;
  /** For readiness. Rejects when the store does not answer. */
  check(): Promise<void>;
  /** Resolves when all that was started for nobody is done. */
  settled(): Promise<void>;
  /** Ends what goes on in the background. The driver stays open: it belongs to whoever opened it. */
  close(): Promise<void>;
}

export interface RegistryOptions {
  readonly readOnly: boolean;
  /** Whether clients that can reach the bucket are sent there. */
  readonly redirects: boolean;
  readonly references: ReferencePolicy;
  readonly reaper: UploadReaperOptions;
  /** Bytes of a part of a multipart upload. Default 8 MiB, within what the driver takes. */
  readonly partSize?: number | undefined;
  /** Bytes of all parts of all uploads that are in memory at a time. Default 64 MiB. */
  readonly uploadMemoryBytes?: number | undefined;
}

const PART_SIZE = 8 * 1024 * 1024;
const UPLOAD_MEMORY = 64 * 1024 * 1024;

export function createRegistry(
  {
    driver,
    runtime,
    log,
    sharedPresence,
  }: {
    readonly driver: StorageDriver;
    readonly runtime: Runtime;
    readonly log: Log;
    /** What other replicas saw, if they tell. */
    readonly sharedPresence?: SharedPresence | undefined;
  },
  options: RegistryOptions,
): Registry {
  const { minPartSize, maxPartSize } = driver.multipart.limits;
  const staging = {
    partSize: Math.min(maxPartSize, Math.max(minPartSize, options.partSize ?? PART_SIZE)),
    memory: createUploadMemory(options.uploadMemoryBytes ?? UPLOAD_MEMORY),
  };

  const background = createBackground(log);
  const reliance = createReliance(runtime);
  const presence = createPresence(runtime, sharedPresence);
  const readSharedLink = createSharedLinkReader(driver);
  const redirects = createRedirects({ driver, runtime }, { enabled: options.redirects });
  const protocol = createProtocol({ driver, runtime, log, readOnly: options.readOnly });
  const records = createUploadRecords({ driver, runtime });
  const repositories = createRepositoryStore({ driver });
  const blobs = createBlobStore({ driver, readSharedLink, reliance, presence, redirects, protocol });
  const links = createLayerLinks({ driver, reliance });
  const publisher = createBlobPublisher({ driver, runtime, records, links, background }, staging);
  const uploads = createUploadSessions({ driver, runtime, protocol, background, records, blobs, publisher }, staging);
  const tags = createTagStore({ driver, readSharedLink, protocol });
  const references = createManifestReferences({ driver, blobs, reliance }, options.references);
  const referrers = createReferrers(driver);
  const manifests = createManifestStore({
    driver,
    readSharedLink,
    contents: createManifestContents(driver),
    references,
    reliance,
    presence,
    protocol,
    tags,
    referrers,
  });
  const reaper = createUploadReaper({ driver, runtime, log, records, repositories }, options.reaper);

  return {
    repositories,
    blobs,
    uploads,
    manifests,
    tags,
    referrers: createReferrersList({ driver, getManifest: manifests.get }),
    reaper,
    async start() {
      await driver.check();
      await protocol.start();
      if (!options.readOnly) reaper.start();
    },
    check: () => driver.check(),
    settled: () => background.settled(),
    async close() {
      protocol.stop();
      await reaper.stop();
      await background.settled();
    },
  };
}
