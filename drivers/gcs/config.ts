/** distribution's parameters of its `gcs` driver, of v2.8 and v3 alike. */
import * as z from "zod";
import { count, fromJson, optionalText, parameters, text } from "../parameters.ts";

const KIB = 1024;
const CHUNK_STEP = 256 * KIB;
const CHUNK = `write a multiple of ${CHUNK_STEP}, or leave it out`;
const CREDENTIALS = "write the key of a service account: what its JSON file holds";
const ENDPOINT = "write a URL, such as https://storage.googleapis.com";

/** Line breaks get lost on the way through some variables. */
const privateKey = z
  .string({ error: "write the private key in PEM form" })
  .includes("PRIVATE KEY", { error: "write the private key in PEM form" })
  .transform((key) => key.replaceAll("\\n", "\n"));

const credentials = z.preprocess(
  fromJson,
  z
    .looseObject(
      { client_email: z.string({ error: "write the service account's address" }), private_key: privateKey },
      { error: CREDENTIALS },
    )
    .optional(),
);

const fields = parameters({
  bucket: text("write the name of a bucket").describe("The bucket. It must exist."),
  keyfile: optionalText("write the path of a JSON key file, or leave it out").describe(
    "The JSON file of a service account's key, or of another kind of credentials. Without it and credentials: application default credentials.",
  ),
  credentials: credentials
    .describe("What a service account's JSON key file holds, in place of the file.")
    .meta({ secret: true }),
  rootdirectory: optionalText("write a prefix, or leave it out").describe("A prefix for all keys."),
  chunksize: z
    .preprocess((value) => (typeof value === "string" && value !== "" ? Number(value) : value), z.int({ error: CHUNK }))
    .refine((size) => size >= CHUNK_STEP && size % CHUNK_STEP === 0, { error: CHUNK })
    .optional()
    .describe("Bytes of a part of an upload. The first thousand parts have this size, the next twice that, and so on."),
  maxconcurrency: count({ byDefault: 50, minimum: 25 }).describe("The most calls at once."),
  useragent: optionalText("write a text, or leave it out").describe("Added to the User-Agent of requests."),
  apiendpoint: optionalText(ENDPOINT).describe(
    "Where Cloud Storage is, such as a Private Service Connect endpoint. Not in distribution. Over http nobody signs in: that is for emulators.",
  ),
});

export const gcsParameters = fields.superRefine((given, context) => {
  const mistake = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
  if (given.keyfile !== undefined && given.credentials !== undefined) {
    mistake("credentials", "remove it, or keyfile: there can be one only");
  }
  const endpoint = given.apiendpoint === undefined ? undefined : URL.parse(given.apiendpoint);
  if (endpoint === null || (endpoint && (!/^https?:$/.test(endpoint.protocol) || endpoint.pathname !== "/"))) {
    mistake("apiendpoint", ENDPOINT);
  }
});
export type GcsParameters = z.output<typeof gcsParameters>;
