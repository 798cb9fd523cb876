/** What an operator can do about a failure that is not the registry's. */
import type { Failure } from "./errors.ts";

const BY_CODE: Readonly<Record<string, string>> = {
  NoSuchBucket: "create the bucket, or correct the name of the bucket",
  InvalidBucketName: "correct the name of the bucket",
  InvalidAccessKeyId: "the store does not know this access key: correct it",
  SignatureDoesNotMatch:
    "the secret key does not belong to the access key, or a proxy changes the requests on their way",
  RequestTimeTooSkewed: "this machine's clock is wrong: set it, and keep it set with NTP",
  RequestExpired: "this machine's clock is wrong: set it, and keep it set with NTP",
  ExpiredToken: "the session token has expired: configure a new one, or a role that renews it",
  InvalidToken: "the session token is not valid: correct it, or remove it if the keys are permanent",
  PermanentRedirect: "the bucket is in another region: correct region, or the endpoint",
  AuthorizationHeaderMalformed: "the bucket is in another region: correct region",
  IllegalLocationConstraintException: "the bucket is in another region: correct region",
  SecondLevelDomainForbidden: "the store wants the bucket in the host name: set forcepathstyle to false",
  CredentialsProviderError: "configure an access key and a secret key, or give this process a role",
  ECONNREFUSED: "nothing listens there: correct the endpoint, or start the store",
  ENOTFOUND: "this name is unknown: correct the endpoint, or set forcepathstyle if it holds the bucket's name",
  EPROTO: "the endpoint does not speak TLS: correct its scheme, or secure",
  ERR_SSL_WRONG_VERSION_NUMBER: "the endpoint does not speak TLS: correct its scheme, or secure",
};

/** What a policy must have in it for the driver's operations. */
const PERMISSIONS: Readonly<Record<string, string>> = {
  head: "s3:GetObject",
  get: "s3:GetObject",
  put: "s3:PutObject",
  "conditional.create": "s3:PutObject",
  copy: "s3:GetObject and s3:PutObject",
  delete: "s3:DeleteObject",
  deleteMany: "s3:DeleteObject",
  list: "s3:ListBucket",
  "multipart.create": "s3:PutObject",
  "multipart.putPart": "s3:PutObject",
  "multipart.complete": "s3:PutObject",
  "multipart.abort": "s3:AbortMultipartUpload",
  "multipart.listUploads": "s3:ListBucketMultipartUploads",
};

const UNTRUSTED = /^(SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)|CERT_|ERR_TLS_CERT)/;

const OURS = " (one that was made for distribution may cover docker/registry/ only)";

export function adviceFor(
  { code, status }: Failure,
  { operation, key = "" }: { readonly operation: string; readonly key: string | undefined },
): string | undefined {
  if (UNTRUSTED.test(code)) return "trust its certificate with NODE_EXTRA_CA_CERTS, or set skipverify";
  const permission = PERMISSIONS[operation];
  if (code === "AccessDenied" && permission) {
    return `the policy must allow ${permission} here${key.startsWith("moorage/") ? OURS : ""}`;
  }
  return BY_CODE[code] ?? (status === 301 ? BY_CODE.PermanentRedirect : undefined);
}
