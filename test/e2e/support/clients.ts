/** Command line clients, without what the user of this machine has configured for them. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "./directories.ts";
import { type ProgramOptions, run } from "./programs.ts";
import { toolPath } from "./tools.ts";

/** Runs it, and resolves to what it printed. Rejects when it fails. */
export type Client = (...args: readonly string[]) => Promise<string>;

export function createClient(name: string, options: ProgramOptions = {}): Client {
  const home = temporaryDirectory();
  const env = { HOME: home, REGCTL_CONFIG: join(home, "regctl.json"), ...options.env };
  return async (...args) => (await run(toolPath(name), args, { ...options, env })).stdout.trim();
}

/** podman or buildah with images of its own. */
export function createContainersClient(name: "podman" | "buildah", storage = temporaryDirectory()): Client {
  const runtime = join(storage, "runtime");
  mkdirSync(runtime, { recursive: true, mode: 0o700 });
  const client = createClient(name, { env: { XDG_RUNTIME_DIR: runtime } });
  const where = ["--root", join(storage, "root"), "--runroot", join(storage, "run"), "--storage-driver", "vfs"];
  return (...args) => client(...where, ...args);
}
