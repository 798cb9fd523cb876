import { piecesOf, sizeOf } from "../bytes.ts";
import type { ObjectBytes, WriteOptions, WrittenObject } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { codeOf, fsync, ignoring } from "./calls.ts";
import type { Disk } from "./disk.ts";
import { pathOf, type Store } from "./paths.ts";
import { inWorkplace, publish, staged, stamp } from "./publish.ts";

/** A new file with these bytes. Unless it is transient, it has a date of its own, which makes its version, and is on the disk. */
export async function writeFile(
  disk: Disk,
  path: string,
  body: ObjectBytes,
  { transient = false }: Pick<WriteOptions, "transient"> = {},
): Promise<WrittenObject> {
  const fd = await disk.create(path);
  try {
    const pieces = piecesOf(body);
    await disk.write(fd, pieces);
    if (!transient) {
      await stamp(disk, fd);
      await fsync(fd);
    }
    return { size: sizeOf(pieces) };
  } finally {
    await disk.close(fd);
  }
}

export function putObject(
  store: Store,
  key: string,
  body: ObjectBytes,
  { signal, transient }: WriteOptions,
): Promise<WrittenObject> {
  const target = pathOf(store, key, "put");
  return staged(store, async (name) => {
    const written = await inWorkplace(store, () => writeFile(store.disk, name, body, { transient }));
    signal?.throwIfAborted();
    await publish(store.disk, name, target, { transient });
    return written;
  });
}

/** A second name cannot be given to a file where that name is taken: this is what decides who wins. */
export function createObject(
  store: Store,
  key: string,
  body: ObjectBytes,
  { signal, transient }: WriteOptions,
): Promise<WrittenObject> {
  const operation = "conditional.create";
  const target = pathOf(store, key, operation);
  return staged(store, async (name) => {
    const written = await inWorkplace(store, () => writeFile(store.disk, name, body, { transient }));
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
    return written;
  });
}
