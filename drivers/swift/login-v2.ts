import * as z from "zod";
import { chooseEndpoint } from "./catalog.ts";
import type { SwiftParameters } from "./config.ts";
import { readJson } from "./http.ts";
import type { Ask } from "./login.ts";
import { lifetimeOf } from "./login-v3.ts";
import type { Grant } from "./session.ts";

const endpoint = z.object({
  region: z.string().optional(),
  publicURL: z.string().optional(),
  internalURL: z.string().optional(),
  adminURL: z.string().optional(),
});
const answerV2 = z.object({
  access: z.object({
    token: z.object({ id: z.string(), issued_at: z.string().optional(), expires: z.string() }),
    serviceCatalog: z.array(z.object({ type: z.string(), endpoints: z.array(endpoint) })).default([]),
  }),
});

export async function logInV2(ask: Ask, parameters: SwiftParameters): Promise<Grant> {
  const { authurl, username, password, tenant, tenantid } = parameters;
  const auth = { passwordCredentials: { username, password }, tenantName: tenant, tenantId: tenantid };
  const answer = await ask({
    method: "POST",
    url: `${authurl.replace(/\/+$/, "")}/tokens`,
    headers: { "content-type": "application/json" },
    body: [Buffer.from(JSON.stringify({ auth }))],
  });
  const { token, serviceCatalog } = answerV2.parse(await readJson(answer)).access;
  const endpoints = serviceCatalog.flatMap(({ type, endpoints }) =>
    endpoints.flatMap(({ region, publicURL, internalURL, adminURL }) => [
      { type, region, kind: "public", url: publicURL },
      { type, region, kind: "internal", url: internalURL },
      { type, region, kind: "admin", url: adminURL },
    ]),
  );
  return {
    token: token.id,
    storageUrl: chooseEndpoint(endpoints, parameters),
    lifetime: lifetimeOf(token.issued_at, token.expires, answer),
  };
}
