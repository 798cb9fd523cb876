/** What a store of this kind is like: the same for AWS, its many likenesses, and OSS. */
import { rootOf } from "../parameters.ts";
import type { S3Parameters } from "./config.ts";

export interface S3Settings {
  /** For logs and metrics. */
  readonly name: string;
  readonly bucket: string;
  /** In front of every key: empty, or ends in "/". */
  readonly root: string;
  readonly region: string;
  /** `undefined`: AWS, wherever its own rules say. */
  readonly endpoint: Endpoint | undefined;
  /** For presigned URLs. */
  readonly redirectEndpoint: Endpoint | undefined;
  /** `undefined`: the chain of AWS. */
  readonly credentials: StaticCredentials | (() => Promise<TemporaryCredentials>) | undefined;
  readonly skipVerify: boolean;
  readonly userAgent: string | undefined;
  /** For where there is no endpoint. */
  readonly aws: {
    readonly dualStack: boolean;
    readonly accelerate: boolean;
    readonly fips: boolean;
    readonly pathStyle: boolean;
  };
  /** Sent with each new object. */
  readonly objects: {
    readonly encryption: "AES256" | "aws:kms" | undefined;
    readonly encryptionKeyId: string | undefined;
    readonly storageClass: string | undefined;
    readonly acl: string | undefined;
  };
  readonly copy: {
    /** `undefined`: as is best for the store. */
    readonly threshold: number | undefined;
    readonly partSize: number;
    readonly concurrency: number;
  };
  readonly minPartSize: number;
  /** Whether the store has ListMultipartUploads. */
  readonly listsUploads: boolean;
}

export interface Endpoint {
  readonly url: URL;
  /** Where the bucket's name goes. `none`: the host is the bucket already. */
  readonly bucketIn: "host" | "path" | "none";
}

export interface StaticCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface TemporaryCredentials extends StaticCredentials {
  readonly expiration: Date;
}

export function s3Settings(given: S3Parameters): S3Settings {
  const { accesskey, secretkey } = given;
  const region = given.region ?? "us-east-1";
  const endpoint = endpointOf(given, given.regionendpoint) ?? plainAws(given, region);
  return {
    name: "s3",
    bucket: given.bucket,
    root: rootOf(given.rootdirectory),
    region,
    endpoint,
    redirectEndpoint: endpointOf(given, given.redirectendpoint) ?? endpoint,
    credentials:
      accesskey !== undefined && secretkey !== undefined
        ? {
            accessKeyId: accesskey,
            secretAccessKey: secretkey,
            ...(given.sessiontoken && { sessionToken: given.sessiontoken }),
          }
        : undefined,
    skipVerify: given.skipverify,
    userAgent: given.useragent,
    aws: {
      dualStack: given.usedualstack,
      accelerate: given.accelerate,
      fips: given.usefipsendpoint,
      pathStyle: given.forcepathstyle === true,
    },
    objects: {
      encryption: given.encrypt ? (given.keyid === undefined ? "AES256" : "aws:kms") : undefined,
      encryptionKeyId: given.encrypt ? given.keyid : undefined,
      storageClass: ["STANDARD", "NONE"].includes(given.storageclass) ? undefined : given.storageclass,
      acl: given.objectacl === "private" ? undefined : given.objectacl,
    },
    copy: {
      threshold: given.multipartcopythresholdsize,
      partSize: given.multipartcopychunksize,
      concurrency: given.multipartcopymaxconcurrency,
    },
    minPartSize: 5 * 1024 ** 2,
    listsUploads: true,
  };
}

type Given = Pick<S3Parameters, "secure" | "forcepathstyle">;

/** These want the bucket in the host name, and answer 403 to all else. */
const HOSTS_ONLY = /\.(aliyuncs\.com|myqcloud\.com|volces\.com|ivolces\.com)$/;

/**
 * distribution 2.8 puts the bucket into the path wherever an endpoint is configured; 3.0 does only when it is told to. Of
 * stores that are not AWS nearly all take it in the path, and many take it nowhere else, so that is what an endpoint
 * means unless `forcepathstyle` says otherwise.
 */
function endpointOf({ secure, forcepathstyle }: Given, written: string | undefined): Endpoint | undefined {
  if (written === undefined) return undefined;
  const url = new URL(written.includes("://") ? written : `${secure ? "https" : "http"}://${written}`);
  return { url, bucketIn: (forcepathstyle ?? !HOSTS_ONLY.test(url.hostname)) ? "path" : "host" };
}

/** AWS's own rules know TLS only. */
function plainAws({ secure, forcepathstyle }: Given, region: string): Endpoint | undefined {
  if (secure) return undefined;
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return { url: new URL(`http://s3.${region}.${domain}`), bucketIn: forcepathstyle === true ? "path" : "host" };
}
