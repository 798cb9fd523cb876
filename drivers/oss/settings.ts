/** OSS through its face for S3 clients. */
import { rootOf } from "../parameters.ts";
import type { Endpoint, S3Settings } from "../s3/settings.ts";
import type { OssParameters } from "./config.ts";

const MIB = 1024 ** 2;

export function ossSettings(given: OssParameters): S3Settings {
  const endpoint = endpointOf(given, given.endpoint) ?? regionEndpoint(given, given.internal);
  return {
    name: "oss",
    bucket: given.bucket,
    root: rootOf(given.rootdirectory),
    region: regionId(given.region),
    endpoint,
    redirectEndpoint: redirectEndpoint(given, endpoint),
    credentials: { accessKeyId: given.accesskeyid, secretAccessKey: given.accesskeysecret },
    skipVerify: false,
    userAgent: undefined,
    aws: { dualStack: false, accelerate: false, fips: false, pathStyle: false },
    objects: {
      encryption: given.encrypt ? "AES256" : undefined,
      encryptionKeyId: undefined,
      storageClass: undefined,
      acl: undefined,
    },
    // One call may copy 1 GB at most.
    copy: { threshold: 32 * MIB, partSize: 32 * MIB, concurrency: 20 },
    minPartSize: 100 * 1024,
    listsUploads: false,
  };
}

/** Signatures name the region without the prefix that its hosts have. */
function regionId(region: string): string {
  return region.replace(/^oss-/, "");
}

function regionEndpoint({ region, secure }: OssParameters, internal: boolean): Endpoint {
  const host = `s3.oss-${regionId(region)}${internal ? "-internal" : ""}.aliyuncs.com`;
  return { url: new URL(`${secure ? "https" : "http"}://${host}`), bucketIn: "host" };
}

/** distribution's `endpoint` is the bucket's own host. On Alibaba's domain its name can also be left out. */
function endpointOf({ bucket, secure }: OssParameters, written: string | undefined): Endpoint | undefined {
  if (written === undefined) return undefined;
  const url = new URL(written.includes("://") ? written : `${secure ? "https" : "http"}://${written}`);
  if (!url.hostname.endsWith(".aliyuncs.com")) return { url, bucketIn: "none" };
  if (url.hostname.startsWith(`${bucket}.`)) url.hostname = url.hostname.slice(bucket.length + 1);
  return { url, bucketIn: "host" };
}

/** Clients are not inside of Alibaba's network, whatever the registry is. */
function redirectEndpoint(given: OssParameters, endpoint: Endpoint): Endpoint {
  const configured = endpointOf(given, given.redirectendpoint);
  if (configured) return configured;
  if (!endpoint.url.hostname.endsWith("-internal.aliyuncs.com")) return endpoint;
  const url = new URL(endpoint.url);
  url.hostname = url.hostname.replace(/-internal\.aliyuncs\.com$/, ".aliyuncs.com");
  return { ...endpoint, url };
}
