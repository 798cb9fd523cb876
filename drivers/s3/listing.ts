/** One page of ListObjectsV2: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html. */
import type { IncomingMessage } from "node:http";
import {
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
} from "@aws-sdk/client-s3";
import { readElements } from "./elements.ts";
import { dateOf } from "./info.ts";
import { callOptions, type Store } from "./store.ts";

/** As the SDK names the parameters, and as requests do. */
const PARAMETERS = {
  Prefix: "prefix",
  Delimiter: "delimiter",
  EncodingType: "encoding-type",
  MaxKeys: "max-keys",
  StartAfter: "start-after",
  ContinuationToken: "continuation-token",
} as const;

type Parameter = keyof typeof PARAMETERS;
type Told = "Contents" | "CommonPrefixes" | "EncodingType" | "IsTruncated" | "NextContinuationToken";

/** With the root directory in front of keys. */
export type ListingInput = Pick<ListObjectsV2CommandInput, Parameter>;
export type Listing = Pick<ListObjectsV2CommandOutput, Told> & {
  /** The store's name for the request. */
  readonly requestId: string | undefined;
};

export async function askListing(
  { client, direct }: Store,
  input: ListingInput,
  signal: AbortSignal | undefined,
): Promise<Listing> {
  const answer = await direct({ method: "GET", key: "", query: queryOf(input), signal });
  if (answer) return { ...(await readListing(answer)), requestId: answer.headers["x-amz-request-id"]?.toString() };
  const command = new ListObjectsV2Command({ Bucket: client.bucket, ...input });
  const told = await client.sdk.send(command, callOptions(signal));
  return { ...told, requestId: told.$metadata.requestId };
}

function queryOf(input: ListingInput): Record<string, string> {
  const query: Record<string, string> = { "list-type": "2" };
  for (const name of Object.keys(PARAMETERS) as Parameter[]) {
    const value = input[name];
    if (value !== undefined) query[PARAMETERS[name]] = String(value);
  }
  return query;
}

/** Anything else is no answer: what is not said to go on would be taken for the end. */
const TRUTHS: Readonly<Partial<Record<string, boolean>>> = { true: true, false: false };

async function readListing(answer: IncomingMessage): Promise<Pick<Listing, Told>> {
  const { top, groups } = await readElements(answer);
  return {
    Contents: groups.get("Contents")?.map(({ Key, Size, LastModified }) => ({
      Key,
      Size: Size ? Number(Size) : undefined,
      LastModified: dateOf(LastModified),
    })),
    CommonPrefixes: groups.get("CommonPrefixes")?.map(({ Prefix }) => ({ Prefix })),
    EncodingType: top.EncodingType === "url" ? "url" : undefined,
    IsTruncated: TRUTHS[top.IsTruncated ?? ""],
    NextContinuationToken: top.NextContinuationToken,
  };
}
