/** distribution's catalogue of repositories. */
import { RegistryError } from "../oci/errors.ts";
import type { Exchange } from "./exchange.ts";
import { parsePage } from "./pages.ts";
import { sendJson } from "./respond.ts";

const DEFAULT_ENTRIES = 100;

export async function getCatalog({ registry, response, query, limits, locations, signal }: Exchange): Promise<void> {
  const { limit = Math.min(DEFAULT_ENTRIES, limits.maxCatalogEntries), last } = parsePage(query);
  if (limit > limits.maxCatalogEntries) {
    throw new RegistryError("page_invalid", `n is at most ${limits.maxCatalogEntries} here: see catalog.maxentries`);
  }
  const page = await registry.repositories.list({ limit, last }, { signal });
  const headers =
    page.next === undefined ? {} : { link: locations.next("/v2/_catalog", { last: page.next, n: limit }) };
  sendJson(response, { repositories: page.entries }, headers);
}
