import { piecesOf } from "../bytes.ts";
import type { ObjectBytes, ObjectInfo, WriteOptions } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { codeOf, fsync, ignoring } from "./calls.ts";
import type { Disk } from "./disk.ts";
import { pathOf, type Store } from "./paths.ts";
import { inWorkplace, publish, staged, stamp } from "./publish.ts";

/** A new file with these bytes, on the disk unless it is transient. */
export async function writeFile(
  disk: Disk,
  path: string,
  body: ObjectBytes,
  { transient = false }: Pick<WriteOptions, "transient"> = {},
): Promise<void> {
  const fd = await disk.create(path);
  try {
    await disk.write(fd, piecesOf(body));
    if (!transient) await fsync(fd);
  } finally {
    await disk.close(fd);
  }
}

export function putObject(
  store: Store,
  key: string,
  body: ObjectBytes,
  { signal, transient }: WriteOptions,
): Promise<ObjectInfo> {
  const target = pathOf(store, key, "put");
  return staged(store, async (name) => {
    await inWorkplace(store, () => writeFile(store.disk, name, body, { transient }));
    const info = await stamp(store.disk, name);
    signal?.throwIfAborted();
    await publish(store.disk, name, target, { transient });
    return info;
  });
}

/** A second name cannot be given to a file where that name is taken: this is what decides who wins. */
export function createObject(
  store: Store,
  key: string,
  body: ObjectBytes,
  { signal, transient }: WriteOptions,
): Promise<ObjectInfo> {
  const operation = "conditional.create";
  const target = pathOf(store, key, operation);
  return staged(store, async (name) => {
    await inWorkplace(store, () => writeFile(store.disk, name, body, { transient }));
    const info = await stamp(store.disk, name);
    signal?.throwIfAborted();
    const move = async (from: string, to: string) => {
      try {
        await store.disk.link(from, to);
      } catch (error) {
        if (codeOf(error) !== "EEXIST") throw error;
        throw new DriverError("already_exists", operation, { key, cause: error });
      }
    };
    await publish(store.disk, name, target, { move, transient });
    await ignoring(["ENOENT"], () => store.disk.unlink(name));
    return info;
  });
}
