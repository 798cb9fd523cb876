/** Finds out what the file system can do, once. */
import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import type { DriverContext } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { close, ignoring, link, mkdir, open, stat, unlink } from "./calls.ts";
import { makeWorkplace } from "./directories.ts";
import { isLocal, localDisk, patientDisk } from "./disk.ts";
import { LargeDirectories } from "./names.ts";
import { RESERVED, type Store } from "./paths.ts";
import { inWorkplace } from "./publish.ts";

const NO_HARD_LINKS: readonly string[] = ["EPERM", "ENOTSUP", "ENOSYS", "EMLINK", "EOPNOTSUPP"];

export async function openStore(rootdirectory: string, context: DriverContext): Promise<Store> {
  const directory = resolve(rootdirectory);
  if (!context.readOnly) await ignoring(["EEXIST"], () => mkdir(directory, { recursive: true }));
  if (!(await stat(directory)).isDirectory()) {
    throw new DriverError("unexpected", "open", { key: directory, message: "is not a directory" });
  }
  const root = directory === "/" ? "" : directory;
  const tmp = `${root}/${RESERVED}`;
  const uploads = `${tmp}/multipart`;
  if (!context.readOnly) await makeWorkplace({ root, tmp, uploads });
  const [local, hardLinks] = await Promise.all([isLocal(directory), !context.readOnly && canLink(tmp)]);
  const disk = local ? localDisk : patientDisk;
  return {
    root,
    tmp,
    uploads,
    disk,
    largeDirectories: new LargeDirectories(),
    likelyObject: { below: "" },
    consistency: local === false ? "eventual" : "strong",
    hardLinks,
    warn: context.warn,
  };
}

/** That files can be made and removed: what permissions and a read-only mount decide, and what a full disk does not. */
export async function probe(store: Store): Promise<void> {
  const name = `${store.tmp}/${randomUUID()}`;
  // Everything that is there can still be read, so a full disk must not take the registry out of service.
  const fd = await ignoring(["ENOSPC", "EDQUOT"], () => inWorkplace(store, () => open(name, "wx")));
  if (fd === undefined) return;
  await close(fd);
  await unlink(name);
}

async function canLink(tmp: string): Promise<boolean> {
  const name = `${tmp}/${randomUUID()}`;
  await close(await open(name, "wx"));
  try {
    const linked = await ignoring(NO_HARD_LINKS, () => link(name, `${name}-2`).then(() => true));
    if (linked) await unlink(`${name}-2`);
    return linked ?? false;
  } finally {
    await unlink(name);
  }
}
