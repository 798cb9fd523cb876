/** The options of the storage middlewares, as distribution has them. */
import * as z from "zod";

const text = (expected: string) => z.string({ error: expected }).min(1, { error: expected });
const url = (expected: string) =>
  z.string({ error: expected }).refine((value) => URL.canParse(value) && /^https?:/.test(value), { error: expected });

export const baseUrlOptions = z.strictObject({
  baseurl: url("write the URL that serves what is in the store, such as https://cdn.example.com/registry"),
});

export const rewriteOptions = z.strictObject({
  scheme: z.enum(["http", "https"], { error: "write http or https" }).optional(),
  host: text("write a host, such as cdn.example.com").optional(),
  trimpathprefix: z.string().optional(),
});

/** Go's durations are read by whoever reads the rest of the configuration: here they are milliseconds. */
export const cloudfrontOptions = z.strictObject({
  baseurl: url("write the URL of the distribution, such as https://d111111abcdef8.cloudfront.net"),
  privatekey: text("write the path of the private key, in PEM"),
  keypairid: text("write the id of the key pair"),
  duration: z
    .number()
    .positive()
    .default(20 * 60_000),
  ipfilteredby: z
    .preprocess(
      (value) => (typeof value === "string" ? value.toLowerCase() : value),
      z.enum(["none", "aws", "awsregion"], { error: "write none, aws or awsregion" }),
    )
    .default("none"),
  /** Names of regions, separated by commas. */
  awsregion: z.string().optional(),
  updatefrequency: z
    .number()
    .positive()
    .default(12 * 3_600_000),
  iprangesurl: url("write the URL of the list of networks").default("https://ip-ranges.amazonaws.com/ip-ranges.json"),
});

export type BaseUrlOptions = z.output<typeof baseUrlOptions>;
export type RewriteOptions = z.output<typeof rewriteOptions>;
export type CloudfrontOptions = z.output<typeof cloudfrontOptions>;
