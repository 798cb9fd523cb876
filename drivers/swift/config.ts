/** distribution's parameters of its `swift` driver, which its version 2.8 was the last to have. */
import * as z from "zod";
import { flag, optionalText, parameters, text } from "../parameters.ts";

const MIB = 1024 ** 2;

const VERSIONS = { "1": 1, "2": 2, "3": 3 } as const;

const version = z.preprocess(
  (value) => (value === undefined || value === "" || Number(value) === 0 ? undefined : String(value)),
  z.enum(["1", "2", "3"], { error: "write 1, 2 or 3, or leave it out if authurl tells" }).optional(),
);

const chunkAdvice = `write a number of bytes, at least ${MIB}`;

const methods = z.preprocess(
  (value) => (typeof value === "string" ? value.split(/[\s,]+/).filter(Boolean) : value),
  z.array(z.string(), { error: "write a list of methods, such as [GET, HEAD]" }).optional(),
);

const fields = parameters({
  username: optionalText("write the name of a user").describe("The user, with TempAuth in the form account:user."),
  password: optionalText("write the user's password")
    .describe("The user's password, with TempAuth the key.")
    .meta({ secret: true }),
  applicationcredentialid: optionalText("write the id of an application credential").describe(
    "An application credential of Keystone v3, instead of username, password and tenant.",
  ),
  applicationcredentialsecret: optionalText("write the secret of the application credential")
    .describe("The secret of the application credential.")
    .meta({ secret: true }),
  authurl: text("write the URL of the identity service, such as https://keystone.example.com:5000/v3").describe(
    "Where tokens come from: Keystone's URL with its version, or TempAuth's.",
  ),
  container: text("write the name of a container").describe("The container. It is created if it does not exist."),
  tenant: optionalText("write the name of a project").describe("The project (tenant), by its name."),
  tenantid: optionalText("write the id of a project").describe("The project (tenant), by its id."),
  domain: optionalText("write the name of a domain").describe("The user's domain, by its name. Keystone v3."),
  domainid: optionalText("write the id of a domain").describe("The user's domain, by its id. Keystone v3."),
  tenantdomain: optionalText("write the name of a domain").describe(
    "The project's domain, by its name, if it is not the user's. Keystone v3.",
  ),
  tenantdomainid: optionalText("write the id of a domain").describe(
    "The project's domain, by its id, if it is not the user's. Keystone v3.",
  ),
  trustid: optionalText("write the id of a trust").describe("A trust to act under, instead of a project. Keystone v3."),
  region: optionalText("write a region of the catalogue").describe(
    "The region. Without it: the first of the catalogue.",
  ),
  authversion: version.describe("The version of the identity service: 1, 2 or 3. Without it authurl tells."),
  prefix: optionalText("write a prefix, or leave it out").describe("A prefix for all names in the container."),
  endpointtype: z
    .preprocess(
      (value) => (value === "" ? undefined : value),
      z.enum(["public", "internal", "admin"], { error: "write public, internal or admin" }).default("public"),
    )
    .describe("Which of the store's endpoints to use. Clients are redirected to the same."),
  insecureskipverify: flag(false).describe("Accepts any certificate."),
  chunksize: z
    .preprocess(
      (value) => (typeof value === "string" && value.trim() !== "" ? Number(value) : value),
      z.int({ error: chunkAdvice }).min(MIB, { error: chunkAdvice }).optional(),
    )
    .describe("The least bytes of a segment. Without it the registry chooses."),
  secretkey: optionalText("write a key, or leave it out")
    .describe("The key that signs temporary URLs. Without it: the one that the container has, or a new one.")
    .meta({ secret: true }),
  accesskey: optionalText("write an access key, or leave it out").describe(
    "For stores that want it in the signature of temporary URLs, as HP's cloud did.",
  ),
  tempurlcontainerkey: flag(false)
    .unwrap()
    .optional()
    .describe("Whether the key is the container's instead of the account's. Without it the store tells."),
  tempurlmethods: methods.describe("What temporary URLs may be signed for. Without it the store tells."),
});

export const swiftParameters = fields.superRefine((given, context) => {
  const mistake = (parameter: keyof typeof given, message: string) =>
    context.addIssue({ code: "custom", path: [parameter], message });

  if (!URL.canParse(given.authurl) || !/^https?:/.test(given.authurl)) {
    mistake("authurl", "write a URL that begins with https:// or http://");
  }
  if (authVersionOf(given) === undefined) mistake("authversion", "write 1, 2 or 3: authurl does not tell the version");
  if (given.container.includes("/")) mistake("container", "write a name without a slash");
  const byCredential = given.applicationcredentialid !== undefined;
  if (byCredential !== (given.applicationcredentialsecret !== undefined)) {
    mistake(
      "applicationcredentialsecret",
      "write both applicationcredentialid and applicationcredentialsecret, or neither",
    );
  }
  if (byCredential && authVersionOf(given) !== 3) {
    mistake("applicationcredentialid", "remove it: only Keystone v3 knows application credentials");
  }
  if (byCredential) return;
  if (given.username === undefined) mistake("username", "write the name of a user");
  if (given.password === undefined) mistake("password", "write the user's password");
});
export type SwiftParameters = z.output<typeof swiftParameters>;

/** As distribution guesses it: by what is written in the URL. */
export function authVersionOf({ authversion, authurl }: Pick<SwiftParameters, "authversion" | "authurl">) {
  const written = ["3", "2", "1"].find((version) => authurl.includes(`v${version}`));
  const known = authversion ?? written;
  return known === undefined ? undefined : VERSIONS[known as keyof typeof VERSIONS];
}
