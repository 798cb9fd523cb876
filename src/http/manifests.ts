/** end-3, end-7 and end-9: manifests. */
import { RegistryError } from "../oci/errors.ts";
import { parseReference, parseTag, type Tag } from "../oci/names.ts";
import type { Exchange } from "./exchange.ts";
import { readManifestBody } from "./request-body.ts";
import { isNotModified, sendBytes, sendEmpty } from "./respond.ts";

/** The spec asks for ten at least. */
const MAX_TAGS_AT_ONCE = 100;

/** What is stored is served, whatever Accept says: nothing is ever converted, and a client can tell by the Content-Type. */
export async function getManifest({ registry, request, response, repository, last, signal }: Exchange): Promise<void> {
  const { descriptor, bytes } = await registry.manifests.get(repository, parseReference(last), {
    // Clients ask by HEAD whether they have to push.
    fresh: request.method === "HEAD",
    signal,
  });
  const headers = { "docker-content-digest": descriptor.digest, etag: `"${descriptor.digest}"` };
  if (isNotModified(request.headers["if-none-match"], headers.etag)) return sendEmpty(response, 304, headers);
  sendBytes(response, bytes, { ...headers, "content-type": descriptor.mediaType });
}

export async function putManifest(exchange: Exchange): Promise<void> {
  const { registry, request, response, repository, last, query, limits, locations, may } = exchange;
  const reference = parseReference(last);
  const tagParameters = tagsOf(query);
  const bytes = await readManifestBody(request, response, limits.maxManifestBytes);
  // No signal: a client that went away after its last byte has pushed all the same.
  const { descriptor, subject } = await registry.manifests.put(repository, bytes, {
    contentType: request.headers["content-type"],
    digest: reference.kind === "digest" ? reference.digest : undefined,
    tags: [...new Set([...(reference.kind === "tag" ? [reference.tag] : []), ...tagParameters])],
    onlyNewTags: !(await may({ type: "repository", name: repository, action: "tag-overwrite" })),
  });
  sendEmpty(response, 201, {
    location: locations.manifest(request, repository, descriptor.digest),
    "docker-content-digest": descriptor.digest,
    ...(subject && { "oci-subject": subject }),
    ...(tagParameters.length > 0 && { "oci-tag": tagParameters }),
  });
}

export async function deleteManifest({ registry, response, repository, last, signal }: Exchange): Promise<void> {
  const reference = parseReference(last);
  if (reference.kind === "tag") await registry.tags.delete(repository, reference.tag, { signal });
  else await registry.manifests.delete(repository, reference.digest, { signal });
  sendEmpty(response, 202);
}

function tagsOf(query: URLSearchParams): Tag[] {
  const tags = query.getAll("tag").map(parseTag);
  if (tags.length <= MAX_TAGS_AT_ONCE) return tags;
  throw new RegistryError("too_many_tags", `at most ${MAX_TAGS_AT_ONCE} tags can be set at once`);
}
