/** Everything that a registry shows to a client that looks at all of it. */
import { ACCEPT, digestsOf, registrySource } from "./content.ts";

export interface View {
  readonly catalog: readonly string[];
  readonly repositories: Readonly<Record<string, Readonly<Record<string, TagView>>>>;
}

interface TagView {
  readonly mediaType: string | null;
  readonly digest: string | null;
  readonly content: readonly string[];
}

/**
 * Page by page, so that pagination is looked at too. The catalogue is sorted, because distribution takes "/" for the lowest
 * character: see docs/decisions/0002-lists-in-name-order.md.
 */
export async function viewOf(url: string): Promise<View> {
  const catalog = (await pagesOf(url, "/v2/_catalog?n=3", "repositories")).sort();
  const repositories: Record<string, Record<string, TagView>> = {};
  for (const repository of catalog) {
    const tags = await pagesOf(url, `/v2/${repository}/tags/list`, "tags");
    const views = tags.map(async (tag) => [tag, await viewOfTag(url, repository, tag)] as const);
    repositories[repository] = Object.fromEntries(await Promise.all(views));
  }
  return { catalog, repositories };
}

async function viewOfTag(url: string, repository: string, tag: string): Promise<TagView> {
  const head = await fetch(`${url}/v2/${repository}/manifests/${tag}`, { method: "HEAD", headers: { accept: ACCEPT } });
  return {
    mediaType: head.headers.get("content-type"),
    digest: head.headers.get("docker-content-digest"),
    content: await digestsOf(registrySource(url, repository), tag),
  };
}

/** `null` is how distribution writes an empty list of tags. */
async function pagesOf(url: string, first: string, field: "repositories" | "tags"): Promise<string[]> {
  const entries: string[] = [];
  for (let next: string | undefined = first; next !== undefined; ) {
    const response: Response = await fetch(new URL(next, url));
    const page = (await response.json()) as Readonly<Record<string, string[] | null>>;
    if (!response.ok) throw new Error(`${next}: ${response.status} ${JSON.stringify(page)}`);
    entries.push(...(page[field] ?? []));
    next = /<([^>]*)>; *rel="?next/.exec(response.headers.get("link") ?? "")?.[1];
  }
  return entries;
}
