import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TemporaryDirectory {
  readonly path: string;
  remove(): Promise<void>;
}

/** Whoever makes it removes it: in `after`, or with `t.after`. */
export async function temporaryDirectory(parent = tmpdir()): Promise<TemporaryDirectory> {
  const path = await mkdtemp(join(parent, "moorage-test-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
