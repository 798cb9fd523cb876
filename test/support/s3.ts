/** Buckets for tests: a fresh one for each, with two drivers over it. */
import { randomUUID } from "node:crypto";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import type { StorageDriver } from "../../drivers/contract.ts";
import { openDriver } from "../../drivers/open.ts";
import type { Subject } from "../contract/driver/suite.ts";

/** Nothing in the protocol lets two writers of one part number keep theirs: the later one replaces the earlier. */
export const PARTS_ARE_REPLACED = {
  "two writers of one part number do not disturb each other": "S3 keeps the last part of a number",
};

export interface S3Account {
  readonly endpoint: string;
  readonly accesskey: string;
  readonly secretkey: string;
}

export function adminClient({ endpoint, accesskey, secretkey }: S3Account): S3Client {
  return new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: accesskey, secretAccessKey: secretkey },
    requestChecksumCalculation: "WHEN_REQUIRED",
  });
}

/** Its name. */
export async function createBucket(account: S3Account): Promise<string> {
  const client = adminClient(account);
  const Bucket = `test-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket }));
  client.destroy();
  return Bucket;
}

export function s3ParametersOf({ endpoint, accesskey, secretkey }: S3Account, bucket: string) {
  return { regionendpoint: endpoint, accesskey, secretkey, bucket, rootdirectory: "/some/root" };
}

export async function s3Subject(
  account: S3Account,
  more: Readonly<Record<string, unknown>> = {},
): Promise<Subject & { readonly bucket: string }> {
  const bucket = await createBucket(account);
  const open = () => openDriver("s3", { ...s3ParametersOf(account, bucket), ...more }, { warn: () => {} });
  const [driver, second] = await Promise.all([open(), open()]);
  return { driver, second, bucket, leftovers: () => openUploads(driver), close: () => closeAll(driver, second) };
}

export async function openUploads({ multipart }: StorageDriver): Promise<string[]> {
  const found: string[] = [];
  for await (const { key, id } of multipart.listUploads?.("") ?? []) found.push(`${key} ${id}`);
  return found;
}

async function closeAll(...drivers: readonly StorageDriver[]): Promise<void> {
  await Promise.all(drivers.map((driver) => driver.close()));
}
