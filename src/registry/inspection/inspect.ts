/** Looks through a bucket for what is broken. Only reads, and holds no more than a part of one repository in memory. */
import type { CallOptions, StorageDriver } from "../../../drivers/contract.ts";
import { isDriverError } from "../../../drivers/errors.ts";
import type { Runtime } from "../../runtime.ts";
import { BLOBS_PREFIX, REPOSITORIES_PREFIX, UPLOADS_PREFIX } from "../keys.ts";
import { createPool } from "../pool.ts";
import { createBlobFinder } from "./blobs.ts";
import { placeOf } from "./place.ts";
import type { Report } from "./problems.ts";
import { type Inspector, RepositoryInspection } from "./repository.ts";

export interface InspectionOptions extends CallOptions {
  /** Of the repositories' objects, that many are looked at. */
  readonly mostObjects: number;
  readonly report: Report;
  /** After each object. */
  readonly progress?: ((seen: Seen) => void) | undefined;
}

/** What there was to look at. */
export interface Seen {
  objects: number;
  repositories: number;
  manifests: number;
  tags: number;
  layers: number;
  /** Whether that was all. */
  complete: boolean;
}

const AT_ONCE = 16;
const DAY = 24 * 3_600_000;

/** Rejects when the store cannot be listed, or with the reason of the signal. */
export async function inspect(
  { driver, runtime }: { readonly driver: StorageDriver; readonly runtime: Runtime },
  options: InspectionOptions,
): Promise<Seen> {
  const seen: Seen = { objects: 0, repositories: 0, manifests: 0, tags: 0, layers: 0, complete: false };
  await inspectRepositories(driver, seen, options);
  await findMultipartUploads(driver, runtime.now() - DAY, options);
  return seen;
}

async function inspectRepositories(driver: StorageDriver, seen: Seen, options: InspectionOptions): Promise<void> {
  const { mostObjects, report, progress, signal } = options;
  const inspector: Inspector = { driver, blobs: createBlobFinder(driver), report };
  const pool = createPool(AT_ONCE);
  let repository: RepositoryInspection | undefined;
  for await (const entry of driver.list(REPOSITORIES_PREFIX, { signal })) {
    if (seen.objects === mostObjects) return await pool.idle();
    seen.objects++;
    const place = entry.kind === "object" ? placeOf(entry.key) : undefined;
    if (entry.kind !== "object" || place === undefined) continue;
    if (place.repository !== repository?.name) {
      repository?.end();
      repository = new RepositoryInspection(place.repository, inspector);
      seen.repositories++;
    }
    countIn(seen, place.role);
    const check = repository.see(place, entry);
    if (check) await pool.begin(() => unlessUnreadable(entry.key, report, () => check({ signal })));
    progress?.(seen);
  }
  repository?.end();
  seen.complete = true;
  await pool.idle();
}

function countIn(seen: Seen, role: NonNullable<ReturnType<typeof placeOf>>["role"]): void {
  if (role === "layer") seen.layers++;
  if (role === "revision" || role === "foreign") seen.manifests++;
  if (role === "current") seen.tags++;
}

/** Those that are older than a day: no push takes that long. */
async function findMultipartUploads(driver: StorageDriver, before: number, options: InspectionOptions): Promise<void> {
  const { report, signal } = options;
  for (const prefix of [REPOSITORIES_PREFIX, BLOBS_PREFIX, UPLOADS_PREFIX]) {
    await unlessUnreadable(prefix, report, async () => {
      for await (const { key, startedAt } of driver.multipart.listUploads?.(prefix, { signal }) ?? []) {
        if (startedAt.getTime() >= before) continue;
        report({ kind: "multipart_unfinished", place: key, detail: `of ${startedAt.toISOString()}` });
      }
    });
  }
}

/** What cannot be read is a finding too, and keeps nobody from looking at the rest. */
async function unlessUnreadable(place: string, report: Report, look: () => Promise<void>): Promise<void> {
  try {
    await look();
  } catch (error) {
    if (!isDriverError(error)) throw error;
    report({ kind: "unreadable", place, detail: error.message });
  }
}
