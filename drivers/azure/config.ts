/** distribution's parameters of its `azure` driver, of v2.8 and v3 alike. */
import * as z from "zod";
import { flag, fromJson, optionalText, parameters, text } from "../parameters.ts";

const TYPES = ["shared_key", "client_secret", "default_credentials"] as const;
const SERVICE_URL = "write a URL, such as https://myaccount.blob.core.windows.net";

const credentials = z.preprocess(
  (value) => fromJson(value) ?? {},
  z.strictObject(
    {
      type: z.enum(TYPES, { error: `write one of ${TYPES.join(", ")}` }).optional(),
      clientid: optionalText("write the client id of the application"),
      tenantid: optionalText("write the id of the tenant"),
      secret: optionalText("write a client secret of the application"),
    },
    {
      error: ({ code, ...issue }) =>
        code === "unrecognized_keys"
          ? `remove or correct ${(issue as { keys?: string[] }).keys?.join(", ")} (known here: type, clientid, tenantid, secret)`
          : undefined,
    },
  ),
);

const fields = parameters({
  accountname: text("write the name of the storage account").describe("The storage account."),
  accountkey: optionalText("write the storage account's access key")
    .describe("The storage account's access key, for credentials of the type shared_key.")
    .meta({ secret: true }),
  container: text("write the name of a container").describe("The container. It must exist."),
  credentials: credentials
    .describe(
      "How to sign in: type (shared_key, client_secret or default_credentials), and for client_secret clientid, tenantid and secret. With accountkey alone: shared_key.",
    )
    .meta({ secret: true }),
  realm: text("write a domain, such as core.windows.net")
    .default("core.windows.net")
    .describe("The domain of the cloud that the storage account is in."),
  serviceurl: optionalText(SERVICE_URL).describe(
    "Where the blob service is. By default https://<accountname>.blob.<realm>.",
  ),
  rootdirectory: optionalText("write a prefix, or leave it out").describe("A prefix for all keys."),
  skipverify: flag(false).describe("Accepts any certificate."),
  max_retries: z.union([z.string(), z.number()]).optional().describe("Accepted; one layer retries for all drivers."),
  retry_delay: z.union([z.string(), z.number()]).optional().describe("Accepted; one layer retries for all drivers."),
  connectionstring: optionalText("write a connection string, or leave it out")
    .describe("Accepted and not used, as distribution does.")
    .meta({ secret: true }),
});

export const azureParameters = fields.superRefine((given, context) => {
  const mistake = (path: readonly string[], message: string) =>
    context.addIssue({ code: "custom", path: [...path], message });
  const type = credentialsType(given);

  if (type === undefined) {
    mistake(["credentials", "type"], `write one of ${TYPES.join(", ")}, or an accountkey`);
  }
  if (type === "shared_key" && given.accountkey === undefined) {
    mistake(["accountkey"], "write the storage account's access key, or choose another credentials.type");
  }
  if (type === "shared_key" && given.accountkey !== undefined && !BASE64.test(given.accountkey)) {
    mistake(["accountkey"], "write the key as Azure shows it: this is not base64");
  }
  if (type === "client_secret") {
    for (const field of ["clientid", "tenantid", "secret"] as const) {
      if (given.credentials[field] === undefined) mistake(["credentials", field], "write it: client_secret needs it");
    }
  }
  const problem = given.serviceurl === undefined ? undefined : problemOf(given.serviceurl, type);
  if (problem !== undefined) mistake(["serviceurl"], problem);
});
export type AzureParameters = z.output<typeof azureParameters>;

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

export function credentialsType({
  credentials,
  accountkey,
}: Pick<AzureParameters, "credentials" | "accountkey">): (typeof TYPES)[number] | undefined {
  return credentials.type ?? (accountkey === undefined ? undefined : "shared_key");
}

function problemOf(serviceUrl: string, type: string | undefined): string | undefined {
  const url = URL.parse(serviceUrl);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== "") return SERVICE_URL;
  if (url.protocol === "http:" && type !== "shared_key") return "write an https URL: tokens do not travel over http";
  return undefined;
}
