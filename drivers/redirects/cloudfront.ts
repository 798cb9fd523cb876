/** distribution's `cloudfront`: URLs of a CloudFront distribution that stands in front of the bucket, signed with its key. */
import { readFile } from "node:fs/promises";
import { getSignedUrl } from "@aws-sdk/cloudfront-signer";
import type { DriverContext, Presigner } from "../contract.ts";
import { followAwsNetworks } from "./aws-networks.ts";
import { under } from "./base-url.ts";
import type { CloudfrontOptions } from "./config.ts";

const IN_AWS = "aws";

/**
 * `rootdirectory` is the store's: CloudFront serves the bucket as it is. Where the store signs as well, clients in AWS get
 * its own URLs, if that is asked for.
 */
export async function signForCloudfront(
  store: Presigner | undefined,
  rootdirectory: string,
  options: CloudfrontOptions,
  context: DriverContext,
): Promise<Presigner & { readonly close: () => void }> {
  const { baseurl, keypairid: keyPairId, duration, ipfilteredby, awsregion } = options;
  const privateKey = await readFile(options.privatekey, "utf8");
  const root = rootdirectory.split("/").filter(Boolean);
  const sign = (key: string) => {
    const expiresAt = new Date(Date.now() + duration);
    const url = under(baseurl, [...root, key].join("/")).href;
    return { url: new URL(getSignedUrl({ url, keyPairId, privateKey, dateLessThan: expiresAt })), expiresAt };
  };
  // Once, now: a key that cannot sign should not wait for the first client.
  sign("moorage/probe");
  if (ipfilteredby === "none" || store === undefined) return { presignGet: async (key) => sign(key), close: () => {} };

  const networks = followAwsNetworks(
    {
      url: options.iprangesurl,
      intervalMilliseconds: options.updatefrequency,
      regions: ipfilteredby === "awsregion" ? (awsregion ?? "").split(",").map((name) => name.trim()) : undefined,
    },
    context,
  );
  return {
    classOf: (address) => (networks.has(address) ? IN_AWS : ""),
    presignGet: async (key, request) =>
      request.clientClass === IN_AWS ? await store.presignGet(key, request) : sign(key),
    close: networks.close,
  };
}
