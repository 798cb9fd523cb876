/** distribution's parameters of its `s3` driver, of v2.8 and v3 alike. */
import * as z from "zod";
import { flag, optionalText, parameters, text } from "../parameters.ts";
import { choice, number } from "./kinds.ts";

const MIB = 1024 ** 2;
const MIN_PART = 5 * MIB;
export const MAX_PART = 5 * 1024 * MIB;
/** Ceph copies objects of any size in one call; most others stop at 5 GiB. */
const MAX_OBJECT = 5 * 1024 ** 2 * MIB;

const STORAGE_CLASSES = [
  "NONE",
  "STANDARD",
  "REDUCED_REDUNDANCY",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "OUTPOSTS",
  "GLACIER_IR",
  "EXPRESS_ONEZONE",
] as const;

const ACLS = [
  "private",
  "public-read",
  "public-read-write",
  "authenticated-read",
  "aws-exec-read",
  "bucket-owner-read",
  "bucket-owner-full-control",
] as const;

const LOG_LEVELS = [
  "off",
  "debug",
  "debugwithsigning",
  "debugwithhttpbody",
  "debugwithrequestretries",
  "debugwithrequesterrors",
  "debugwitheventstreambody",
] as const;

const fields = parameters({
  accesskey: optionalText("write an access key id, or leave it out").describe(
    "The access key id. Without it: AWS's own chain, from the environment to the role of the instance or the pod.",
  ),
  secretkey: optionalText("write a secret access key, or leave it out")
    .describe("The secret access key that belongs to accesskey.")
    .meta({ secret: true }),
  sessiontoken: optionalText("write a session token, or leave it out")
    .describe("The session token of temporary keys.")
    .meta({ secret: true }),
  region: optionalText("write a region, such as eu-central-1").describe(
    "The bucket's region. Required on AWS; us-east-1 where regionendpoint is set.",
  ),
  regionendpoint: optionalText("write a URL, such as https://s3.example.com").describe(
    "Where the store is, unless it is AWS.",
  ),
  redirectendpoint: optionalText("write a URL, such as https://s3.example.com").describe(
    "Where clients reach the store, if that is not where the registry does.",
  ),
  forcepathstyle: flag(false)
    .unwrap()
    .optional()
    .describe(
      "Whether the bucket is in the path instead of the host name. By default it is where regionendpoint is set.",
    ),
  bucket: text("write the name of a bucket").describe("The bucket. It must exist."),
  encrypt: flag(false).describe("Asks the store to encrypt what it keeps."),
  keyid: optionalText("write the id of a KMS key, or leave it out").describe(
    "The KMS key to encrypt with, instead of the store's own.",
  ),
  secure: flag(true).describe("Whether to use HTTPS where the endpoint does not say."),
  skipverify: flag(false).describe("Accepts any certificate."),
  v4auth: flag(true).describe("Accepted; requests are always signed with version 4."),
  chunksize: number({ byDefault: 10 * MIB, from: MIN_PART, to: MAX_PART }).describe(
    "Bytes of a part of an upload. The first thousand parts have this size, the next twice that, and so on.",
  ),
  multipartcopychunksize: number({ byDefault: 32 * MIB, from: MIN_PART, to: MAX_PART }).describe(
    "The bytes of a part of a copy.",
  ),
  multipartcopymaxconcurrency: number({ byDefault: 100, from: 1, to: Number.MAX_SAFE_INTEGER }).describe(
    "The most parts of a copy at once.",
  ),
  multipartcopythresholdsize: number({ byDefault: 32 * MIB, from: 0, to: MAX_OBJECT })
    .unwrap()
    .optional()
    .describe(
      "Larger objects are copied in parts. By default 32 MiB, and none on Ceph, which copies in no time, but not parts.",
    ),
  rootdirectory: optionalText("write a prefix, or leave it out").describe("A prefix for all keys."),
  storageclass: choice(STORAGE_CLASSES, "STANDARD").describe("The storage class of new objects. NONE: the bucket's."),
  useragent: optionalText("write a text, or leave it out").describe("Added to the User-Agent of requests."),
  objectacl: choice(ACLS, "private").describe("The canned ACL of new objects. private: none is sent."),
  usedualstack: flag(false).describe("Uses AWS's endpoints for IPv4 and IPv6."),
  accelerate: flag(false).describe("Uses AWS's transfer acceleration."),
  usefipsendpoint: flag(false).describe("Uses AWS's FIPS endpoints."),
  /** YAML 1.1 reads `off` as false. */
  loglevel: z
    .preprocess((value) => (value === false ? "off" : value), choice(LOG_LEVELS, "off"))
    .describe("Accepted; what is logged follows log.level."),
});

export const s3Parameters = fields.superRefine((given, context) => {
  const mistake = (parameter: keyof typeof given, message: string) =>
    context.addIssue({ code: "custom", path: [parameter], message });

  if (given.region === undefined && given.regionendpoint === undefined) {
    mistake("region", "write the bucket's region, such as eu-central-1");
  }
  if (given.accesskey !== undefined && given.secretkey === undefined) {
    mistake("secretkey", "write the secret key that belongs to accesskey, or leave out both");
  }
  if (given.accesskey === undefined && given.secretkey !== undefined) {
    mistake("accesskey", "write the access key that belongs to secretkey, or leave out both");
  }
  for (const parameter of ["regionendpoint", "redirectendpoint"] as const) {
    const endpoint = given[parameter];
    if (endpoint !== undefined && !isEndpoint(endpoint)) {
      mistake(parameter, "write a URL or a host, without a path, such as https://s3.example.com");
    }
  }
  if (!given.v4auth && (given.regionendpoint ?? "amazonaws.com").includes("amazonaws.com")) {
    mistake("v4auth", "remove it: AWS takes version 4 signatures only");
  }
  if (given.accelerate && given.forcepathstyle === true) {
    mistake("accelerate", "remove it, or forcepathstyle: they exclude each other");
  }
});
export type S3Parameters = z.output<typeof s3Parameters>;

function isEndpoint(endpoint: string): boolean {
  const url = URL.parse(endpoint.includes("://") ? endpoint : `https://${endpoint}`);
  return url !== null && /^https?:$/.test(url.protocol) && url.pathname === "/" && url.search === "";
}
