import type { MultipartUpload } from "../contract.ts";
import { assertPrefix } from "../keys.ts";
import { attempt } from "./errors.ts";
import { FLAGS, parseGroupName } from "./groups.ts";
import { dateInListing } from "./info.ts";
import { type Listed, listPages } from "./listing.ts";
import type { Store } from "./store.ts";

type OpenUpload = MultipartUpload & { readonly startedAt: Date };

/** Also those whose object was replaced or deleted by a process that ended before it had deleted their segments. */
export async function* listUploads(
  store: Store,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<OpenUpload> {
  assertPrefix(prefix, "multipart.listUploads");
  const pages = listPages(store, { prefix: store.names.groups + prefix }, signal);
  const uploads = new Map<string, OpenUpload>();
  for (;;) {
    const { value: page, done } = await attempt("multipart.listUploads", prefix, signal, () => pages.next());
    if (done) break;
    for (const upload of page.flatMap((listed) => flagged(store, prefix, listed))) uploads.set(upload.id, upload);
  }
  yield* uploads.values();
}

function flagged({ names }: Store, prefix: string, listed: Listed): readonly OpenUpload[] {
  const found = "name" in listed ? parseGroupName(names, listed.name) : undefined;
  if (!("name" in listed) || !found?.key.startsWith(prefix) || !FLAGS.includes(found.leaf)) return [];
  return [{ key: found.key, id: found.id, startedAt: dateInListing(listed.last_modified) }];
}
