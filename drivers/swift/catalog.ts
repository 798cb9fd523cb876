/** Where Swift is, by the catalogue that comes with a token of Keystone. */
import { DriverError } from "../errors.ts";
import type { SwiftParameters } from "./config.ts";

export interface Endpoint {
  readonly type: string;
  readonly kind: string;
  readonly region?: string | null | undefined;
  readonly url?: string | undefined;
}

/** Without a slash at its end. */
export function chooseEndpoint(
  endpoints: readonly Endpoint[],
  { region, endpointtype }: Pick<SwiftParameters, "region" | "endpointtype">,
): string {
  const stores = endpoints.filter(({ type, url }) => type === "object-store" && url);
  const here = stores.filter((endpoint) => region === undefined || endpoint.region === region);
  const chosen = here.find(({ kind }) => kind.replace(/URL$/, "") === endpointtype);
  if (chosen?.url) return chosen.url.replace(/\/+$/, "");
  throw new DriverError("unexpected", "login", { message: whyNone(endpoints, stores, here, { region, endpointtype }) });
}

function whyNone(
  all: readonly Endpoint[],
  stores: readonly Endpoint[],
  here: readonly Endpoint[],
  { region, endpointtype }: Pick<SwiftParameters, "region" | "endpointtype">,
): string {
  if (all.length === 0)
    return "the token has no catalogue, so it is for no project: set tenant or tenantid, and tenantdomain";
  if (stores.length === 0) return "the catalogue of this project has no object-store";
  if (here.length === 0)
    return `there is no object-store in region ${region}, but in ${namesOf(stores, "region")}: correct region`;
  return `there is no ${endpointtype} endpoint of the object-store, but ${namesOf(here, "kind")}: correct endpointtype`;
}

function namesOf(endpoints: readonly Endpoint[], property: "region" | "kind"): string {
  return [...new Set(endpoints.map((endpoint) => endpoint[property] ?? "none"))].join(", ");
}
