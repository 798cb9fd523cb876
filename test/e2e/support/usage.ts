/** What lies in a registry's directory, seen from outside. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** All files below a directory, by their paths in it. Files come and go meanwhile; a directory that is not there has none. */
export async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(unlessGone([]));
  const root = `${directory}/`;
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
}

export async function bytesBelow(directory: string): Promise<number> {
  const files = await filesBelow(directory);
  const sizes = await Promise.all(files.map((file) => stat(join(directory, file)).catch(unlessGone({ size: 0 }))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

function unlessGone<Value>(value: Value): (error: NodeJS.ErrnoException) => Value {
  return (error) => {
    if (error.code === "ENOENT") return value;
    throw error;
  };
}
