import type { Stats } from "node:fs";
import type { ByteRange, ObjectBody, ObjectInfo } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { resolveRange } from "../ranges.ts";
import { FileBody } from "./body.ts";
import { codeOf } from "./calls.ts";
import { infoOf } from "./info.ts";
import { pathOf, type Store } from "./paths.ts";

export async function headObject(store: Store, key: string): Promise<ObjectInfo> {
  return infoOf(await findFile(store, key, "head"));
}

export async function findFile(store: Store, key: string, operation: string): Promise<Stats> {
  const path = pathOf(store, key, operation);
  try {
    const found = await store.disk.stat(path);
    if (found?.isFile()) return found;
  } catch (error) {
    if (codeOf(error) !== "ENAMETOOLONG") throw error;
  }
  throw new DriverError("not_found", operation, { key });
}

export async function openObject(store: Store, key: string, range: ByteRange | undefined): Promise<ObjectBody> {
  const path = pathOf(store, key, "get");
  const fd = await store.disk.open(path);
  try {
    const found = await store.disk.fstat(fd);
    if (!found.isFile()) throw new DriverError("not_found", "get", { key });
    const info = infoOf(found);
    return new FileBody(fd, store.disk, key, info, range && resolveRange(range, info.size, "get", key));
  } catch (error) {
    await store.disk.close(fd);
    throw error;
  }
}
