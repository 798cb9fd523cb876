import type { MultipartUpload } from "../contract.ts";
import { listObjects } from "./list.ts";
import { parseStaged, STAGING } from "./staging.ts";
import type { Store } from "./store.ts";

interface Started extends MultipartUpload {
  readonly startedAt: Date;
}

/** Also those of which only parts are left. */
export async function* listUploads(
  store: Store,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Started> {
  let current: Started | undefined;
  for await (const entry of listObjects(store, STAGING, { signal })) {
    const upload = parseStaged(entry.key);
    if (entry.kind !== "object" || !upload?.key.startsWith(prefix)) continue;
    if (current && current.id !== upload.id) yield current;
    const isOlder = current?.id !== upload.id || entry.lastModified < current.startedAt;
    if (isOlder) current = { ...upload, startedAt: entry.lastModified };
  }
  if (current) yield current;
}

export function isOf(upload: MultipartUpload, key: string): boolean {
  const found = parseStaged(key);
  return found?.id === upload.id && found.key === upload.key;
}
