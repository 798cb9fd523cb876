/** An upload is a directory in tmp, with its key in a file. Its name comes back from callers, so it is checked. */
import { randomUUID } from "node:crypto";
import type { MultipartUpload } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { assertPrefix } from "../keys.ts";
import { ignoring, mkdir, readdir, readFile, rename, rm, stat } from "./calls.ts";
import { syncDirectory } from "./directories.ts";
import { attempt } from "./errors.ts";
import { pathOf, type Store } from "./paths.ts";
import { inWorkplace } from "./publish.ts";
import { writeFile } from "./write.ts";

const UPLOAD_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const KEY_FILE = "key";

export async function createUpload(store: Store, key: string): Promise<MultipartUpload> {
  pathOf(store, key, "multipart.create");
  const id = randomUUID();
  const directory = `${store.uploads}/${id}`;
  await inWorkplace(store, () => mkdir(directory));
  try {
    await writeFile(store.disk, `${directory}/${KEY_FILE}`, Buffer.from(key));
    await syncDirectory(store.disk, store.uploads);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
  return { key, id };
}

export function directoryOf(store: Store, { key, id }: MultipartUpload, operation: string): string {
  if (UPLOAD_ID.test(id)) return `${store.uploads}/${id}`;
  throw new DriverError("not_found", operation, { key, message: "no such upload" });
}

/** Out of sight in one step, so that nobody adds a part to a directory that is being emptied. */
export async function removeUpload(store: Store, upload: MultipartUpload): Promise<void> {
  if (!UPLOAD_ID.test(upload.id)) return;
  const gone = `${store.tmp}/${randomUUID()}`;
  await ignoring(["ENOENT"], () => rename(`${store.uploads}/${upload.id}`, gone));
  await rm(gone, { recursive: true, force: true });
}

export async function* listUploads(store: Store, prefix: string, signal: AbortSignal | undefined) {
  const operation = "multipart.listUploads";
  assertPrefix(prefix, operation);
  const ids = await attempt(operation, prefix, signal, () => ignoring(["ENOENT"], () => readdir(store.uploads)));
  for (const id of ids ?? []) {
    const found = await attempt(operation, prefix, signal, () => lookAtUpload(store, id));
    if (found?.key.startsWith(prefix)) yield found;
  }
}

/** One that has no key yet, or no longer, is being made or removed. */
async function lookAtUpload(store: Store, id: string) {
  const path = `${store.uploads}/${id}/${KEY_FILE}`;
  const written = await ignoring(["ENOENT", "ENOTDIR"], () => Promise.all([readFile(path, "utf8"), stat(path)]));
  if (!written || written[0] === "") return undefined;
  return { key: written[0], id, startedAt: written[1].mtime };
}
