/** Doubles and an emulator whose listings have short pages, to be reached through a proxy. */
import type { StorageDriver } from "../../drivers/contract.ts";
import { s3Parameters } from "../../drivers/s3/config.ts";
import { openS3Driver } from "../../drivers/s3/driver.ts";
import { s3Settings } from "../../drivers/s3/settings.ts";
import { openOnAzurite, SMALL_LIMITS as SMALL_AZURE_LIMITS } from "./azure.ts";
import { startAzurite } from "./azurite.ts";
import { createBucket, openOnGcs, SMALL_LIMITS as SMALL_GCS_LIMITS, startDouble } from "./gcs.ts";
import { ossSubject } from "./oss.ts";
import { s3ParametersOf } from "./s3.ts";
import { Bucket } from "./s3-double/bucket.ts";
import { AWS, OSS, type Profile } from "./s3-double/profiles.ts";
import { startS3Double } from "./s3-double/server.ts";
import { openSwift } from "./swift.ts";
import { OWNER, startSwiftDouble } from "./swift-double/server.ts";

/** Entries of a page. */
export const PAGE = 10;

export interface PagedStore {
  /** Of the store itself. */
  readonly url: string;
  /** At that URL, which may be a proxy's. */
  open(url: string): Promise<StorageDriver>;
  stop(): Promise<void>;
}

async function startDoubleOf(profile: Profile) {
  const double = await startS3Double({ ...profile, maxKeys: PAGE });
  double.buckets.set("registry-data", new Bucket());
  return double;
}

async function s3(): Promise<PagedStore> {
  const double = await startDoubleOf(AWS);
  const open = (endpoint: string) =>
    openS3Driver(s3Settings(s3Parameters.parse(s3ParametersOf({ ...double, endpoint }, "registry-data"))), {
      warn: () => {},
    });
  return { url: double.endpoint, open, stop: double.close };
}

async function oss(): Promise<PagedStore> {
  const double = await startDoubleOf(OSS);
  const open = async (endpoint: string) => (await ossSubject({ ...double, endpoint }, "registry-data")).driver;
  return { url: double.endpoint, open, stop: double.close };
}

async function gcs(): Promise<PagedStore> {
  const double = await startDouble();
  const bucket = await createBucket(double.url);
  const limits = { ...SMALL_GCS_LIMITS, page: PAGE };
  return { url: double.url, open: (url) => openOnGcs(url, { bucket, limits }), stop: double.stop };
}

async function swift(): Promise<PagedStore> {
  const { endpoint, close } = await startSwiftDouble();
  const { name: username, password } = OWNER;
  const open = (url: string) => openSwift({ authurl: `${url}/auth/v1.0`, username, password }, "files", { page: PAGE });
  return { url: endpoint, open, stop: close };
}

async function azure(): Promise<PagedStore> {
  const azurite = await startAzurite();
  const { origin, pathname } = new URL(azurite.serviceUrl);
  const limits = { ...SMALL_AZURE_LIMITS, page: PAGE };
  const open = (url: string) => openOnAzurite(azurite, { serviceUrl: url + pathname, limits });
  return { url: origin, open, stop: azurite.stop };
}

/** `oss` needs `allNamesAreHere`. */
export const PAGED_STORES = { s3, oss, gcs, swift, azure } as const;
