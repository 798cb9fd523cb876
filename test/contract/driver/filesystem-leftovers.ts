import { readdir } from "node:fs/promises";
import { join } from "node:path";

export async function filesystemLeftovers(root: string): Promise<string[]> {
  const found = await readdir(join(root, "moorage/tmp"), { recursive: true });
  return found.filter((name) => name !== "multipart");
}
