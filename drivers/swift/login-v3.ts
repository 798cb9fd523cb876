import * as z from "zod";
import { DriverError } from "../errors.ts";
import { chooseEndpoint } from "./catalog.ts";
import type { SwiftParameters } from "./config.ts";
import { type HttpAnswer, header, readJson } from "./http.ts";
import type { Ask } from "./login.ts";
import type { Grant } from "./session.ts";

const endpoint = z.object({
  region: z.string().nullish(),
  region_id: z.string().nullish(),
  interface: z.string(),
  url: z.string(),
});
const answerV3 = z.object({
  token: z.object({
    issued_at: z.string().optional(),
    expires_at: z.string(),
    catalog: z.array(z.object({ type: z.string(), endpoints: z.array(endpoint) })).default([]),
  }),
});

export async function logInV3(ask: Ask, parameters: SwiftParameters): Promise<Grant> {
  const answer = await ask({
    method: "POST",
    url: `${parameters.authurl.replace(/\/+$/, "")}/auth/tokens`,
    headers: { "content-type": "application/json" },
    body: [Buffer.from(JSON.stringify({ auth: { identity: identityOf(parameters), scope: scopeOf(parameters) } }))],
  });
  const { token } = answerV3.parse(await readJson(answer));
  const id = header(answer, "x-subject-token");
  if (id === undefined) {
    throw new DriverError("unexpected", "login", { message: `${parameters.authurl} answered without a token` });
  }
  const endpoints = token.catalog.flatMap(({ type, endpoints }) =>
    endpoints.map(({ region, region_id, interface: kind, url }) => ({ type, kind, url, region: region ?? region_id })),
  );
  return {
    token: id,
    storageUrl: chooseEndpoint(endpoints, parameters),
    lifetime: lifetimeOf(token.issued_at, token.expires_at, answer),
  };
}

function identityOf(given: SwiftParameters) {
  const { applicationcredentialid: id, applicationcredentialsecret: secret } = given;
  if (id !== undefined) return { methods: ["application_credential"], application_credential: { id, secret } };
  const user = { name: given.username, password: given.password, domain: named(given.domain, given.domainid) };
  return { methods: ["password"], password: { user } };
}

function scopeOf(given: SwiftParameters) {
  // An application credential is for one project.
  if (given.applicationcredentialid !== undefined) return undefined;
  if (given.trustid !== undefined) return { "OS-TRUST:trust": { id: given.trustid } };
  if (given.tenantid !== undefined) return { project: { id: given.tenantid } };
  if (given.tenant === undefined) return undefined;
  const domain = named(given.tenantdomain, given.tenantdomainid) ?? named(given.domain, given.domainid);
  return { project: { name: given.tenant, domain: domain ?? { name: "Default" } } };
}

function named(name: string | undefined, id: string | undefined) {
  if (name !== undefined) return { name };
  return id === undefined ? undefined : { id };
}

/** By the clock of the identity service alone: this machine's may be wrong. */
export function lifetimeOf(issued: string | undefined, expires: string, answer: HttpAnswer): number {
  return Date.parse(expires) - Date.parse(issued ?? header(answer, "date") ?? new Date().toISOString());
}
