/** end-8: the tags of a repository. */
import { RegistryError } from "../oci/errors.ts";
import type { Exchange } from "./exchange.ts";
import { parsePage } from "./pages.ts";
import { sendJson } from "./respond.ts";

/** Without `n`, all of them: clients of distribution rely on it. */
export async function getTags({
  registry,
  response,
  repository,
  query,
  limits,
  locations,
  signal,
}: Exchange): Promise<void> {
  const { limit, last } = parsePage(query);
  const size = limit === undefined ? undefined : Math.min(limit, limits.maxTags);
  const page = await registry.tags.list(repository, { limit: size ?? Number.POSITIVE_INFINITY, last }, { signal });
  // A repository whose last tag is gone is still there.
  if (page.entries.length === 0 && !(await registry.repositories.exists(repository, { signal }))) {
    throw new RegistryError("name_unknown", "repository name not known to registry", {
      details: [{ detail: { name: repository } }],
    });
  }
  const next =
    page.next === undefined ? undefined : locations.next(`/v2/${repository}/tags/list`, { last: page.next, n: size });
  sendJson(response, { name: repository, tags: page.entries }, next === undefined ? {} : { link: next });
}
