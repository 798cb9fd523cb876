/** Parts become an object. They are only read, so that a complete that failed can be repeated. */
import type { WrittenObject } from "../contract.ts";
import { close, fsync, open, read, writeAll } from "./calls.ts";
import { cloneFile, publishClone } from "./copy.ts";
import type { Store } from "./paths.ts";
import { staged, stamp } from "./publish.ts";

const CHUNK = 1024 * 1024;

export interface PartPath {
  readonly path: string;
  readonly size: number;
}

export function assemble(
  store: Store,
  parts: readonly PartPath[],
  target: string,
  signal: AbortSignal | undefined,
): Promise<WrittenObject> {
  return staged(store, async (name) => {
    const [only, ...others] = parts;
    const info =
      only && others.length === 0 ? await cloneFile(store, only.path, name) : await join(store, parts, name, signal);
    signal?.throwIfAborted();
    await publishClone(store.disk, name, target);
    return info;
  });
}

async function join(
  store: Store,
  parts: readonly PartPath[],
  name: string,
  signal: AbortSignal | undefined,
): Promise<WrittenObject> {
  const fd = await open(name, "wx");
  try {
    const buffer = Buffer.allocUnsafeSlow(CHUNK);
    let position = 0;
    for (const { path, size } of parts) {
      await append(path, fd, position, buffer, signal);
      position += size;
    }
    await stamp(store.disk, fd);
    await fsync(fd);
    return { size: position };
  } finally {
    await close(fd);
  }
}

async function append(
  part: string,
  to: number,
  start: number,
  buffer: Buffer,
  signal: AbortSignal | undefined,
): Promise<void> {
  const from = await open(part, "r");
  try {
    for (let done = 0; ; ) {
      signal?.throwIfAborted();
      const { bytesRead } = await read(from, buffer, 0, buffer.length, done);
      if (bytesRead === 0) return;
      await writeAll(to, [buffer.subarray(0, bytesRead)], start + done);
      done += bytesRead;
    }
  } finally {
    await close(from);
  }
}
