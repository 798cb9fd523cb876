/** The parameters of the `oss` driver in distribution 2.8, and one of ours. */
import type * as z from "zod";
import { flag, optionalText, parameters, text } from "../parameters.ts";
import { number } from "../s3/kinds.ts";

const MIB = 1024 ** 2;
const HOST = "write a host, such as registry-data.oss-cn-hangzhou.aliyuncs.com or a domain of your own";

export const ossParameters = parameters({
  accesskeyid: text("write an access key id").describe("The access key id."),
  accesskeysecret: text("write the secret of the access key")
    .describe("The secret that belongs to accesskeyid.")
    .meta({ secret: true }),
  region: text("write the bucket's region, such as oss-cn-hangzhou").describe(
    "The bucket's region, such as oss-cn-hangzhou.",
  ),
  bucket: text("write the name of a bucket").describe("The bucket. It must exist."),
  endpoint: optionalText(HOST)
    .refine(isHost, { error: HOST })
    .describe("The host of the bucket, or a domain that points to it. Without it: the region's."),
  internal: flag(false).describe("Reaches the bucket over Alibaba's own network. Clients are sent to its public host."),
  redirectendpoint: optionalText(HOST)
    .refine(isHost, { error: HOST })
    .describe("Where clients reach the bucket: its host, or a domain that points to it."),
  encrypt: flag(false).describe("Asks the store to encrypt what it keeps."),
  secure: flag(true).describe("Whether to use HTTPS."),
  chunksize: number({ byDefault: 10 * MIB, from: 5 * MIB, to: 5 * 1024 * MIB }).describe(
    "Bytes of a part of an upload. The first thousand parts have this size, the next twice that, and so on.",
  ),
  rootdirectory: optionalText("write a prefix, or leave it out").describe("A prefix for all keys."),
});
export type OssParameters = z.output<typeof ossParameters>;

function isHost(host: string | undefined): boolean {
  if (host === undefined) return true;
  const url = URL.parse(host.includes("://") ? host : `https://${host}`);
  return url !== null && /^https?:$/.test(url.protocol) && url.pathname === "/" && url.search === "";
}
