/** Registries of ours on a bucket of a real S3: one process, or several that share it. */
import type { TestContext } from "node:test";
import { openDriver } from "../../../drivers/open.ts";
import { createBucket, openUploads, type S3Account } from "../../support/s3.ts";
import { type Moorage, startMoorage } from "./moorage.ts";
import { until } from "./until.ts";

export interface Place {
  readonly account: S3Account;
  readonly bucket: string;
}

type Environment = Readonly<Record<string, string>>;

export const SECRET = "one secret for all replicas, long enough";
/** On each answer of a replica, so that a test sees who gave it. */
export const REPLICA_HEADER = "x-replica";

export async function createPlace(account: S3Account): Promise<Place> {
  return { account, bucket: await createBucket(account) };
}

/** The keys of a bucket that begin with `prefix`, and the multipart uploads that are open. */
export async function contentsOf({ account, bucket }: Place, prefix = ""): Promise<readonly string[]> {
  const { endpoint, accesskey, secretkey } = account;
  const driver = await openDriver("s3", { regionendpoint: endpoint, accesskey, secretkey, bucket }, { warn: () => {} });
  try {
    const found = await openUploads(driver);
    for await (const { key } of driver.list(prefix)) found.push(key);
    return found;
  } finally {
    await driver.close();
  }
}

/** Cleaning up goes on after the answer. */
export async function nothingIsLeft(place: Place): Promise<void> {
  let left: readonly string[] = [];
  await until("nothing is left of the uploads", async () => {
    left = await contentsOf(place, "moorage/uploads/");
    return left.length === 0;
  }).catch((error: unknown) => {
    throw new Error(`left behind: ${left.join(", ")}`, { cause: error });
  });
}

export async function startOnBucket(t: TestContext, place: Place, env: Environment = {}): Promise<Moorage> {
  return await startMoorage(t, { driver: "s3", env: { ...environmentOf(place), ...env } });
}

export async function startReplicas(
  t: TestContext,
  place: Place,
  envOf: (index: number) => Environment = () => ({}),
): Promise<readonly Moorage[]> {
  const start = (index: number) =>
    startOnBucket(t, place, { REGISTRY_HTTP_HEADERS_X_REPLICA: String(index), ...envOf(index) });
  return await Promise.all([0, 1, 2].map(start));
}

export function environmentOf({ account, bucket }: Place): Environment {
  return {
    REGISTRY_HTTP_SECRET: SECRET,
    REGISTRY_STORAGE_S3_REGIONENDPOINT: account.endpoint,
    REGISTRY_STORAGE_S3_ACCESSKEY: account.accesskey,
    REGISTRY_STORAGE_S3_SECRETKEY: account.secretkey,
    REGISTRY_STORAGE_S3_BUCKET: bucket,
  };
}
