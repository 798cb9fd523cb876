/** distribution's catalogue of repositories: of those that the caller may see. */
import { RegistryError } from "../oci/errors.ts";
import type { RepositoryName } from "../oci/names.ts";
import type { Page, PageRequest } from "../oci/pages.ts";
import type { Exchange } from "./exchange.ts";
import { parsePage } from "./pages.ts";
import { sendJson } from "./respond.ts";

const DEFAULT_ENTRIES = 100;
/** Few of many may be for the caller. */
const SMALLEST_LOOK = 100;

export async function getCatalog(exchange: Exchange): Promise<void> {
  const { response, query, limits, locations } = exchange;
  const { limit = Math.min(DEFAULT_ENTRIES, limits.maxCatalogEntries), last } = parsePage(query);
  if (limit > limits.maxCatalogEntries) {
    throw new RegistryError("page_invalid", `n is at most ${limits.maxCatalogEntries} here: see catalog.maxentries`);
  }
  const page = await visiblePage(exchange, { limit, last });
  const headers =
    page.next === undefined ? {} : { link: locations.next("/v2/_catalog", { last: page.next, n: limit }) };
  sendJson(response, { repositories: page.entries }, headers);
}

/** That there is more is said only when the caller may see some of it. */
async function visiblePage(
  { registry, may, signal }: Exchange,
  { limit, last }: PageRequest,
): Promise<Page<RepositoryName>> {
  const entries: RepositoryName[] = [];
  if (limit === 0) return { entries };
  let after = last;
  for (let look = limit + 1; ; look = Math.max(limit + 1, SMALLEST_LOOK)) {
    const page = await registry.repositories.list({ limit: look, last: after }, { signal });
    for (const name of page.entries) {
      if (!(await may({ type: "catalog", entry: name }))) continue;
      if (entries.length === limit) return { entries, next: entries.at(-1) };
      entries.push(name);
    }
    if (page.next === undefined) return { entries };
    after = page.next;
  }
}
