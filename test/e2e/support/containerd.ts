import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type Client, createClient } from "./clients.ts";
import { temporaryDirectory } from "./directories.ts";
import { lastPartOf, start } from "./programs.ts";
import { toolPath } from "./tools.ts";
import { until } from "./until.ts";

export interface Containerd {
  readonly ctr: Client;
  /** Its content store, which is laid out as an OCI layout is. */
  readonly contentDirectory: string;
}

export async function startContainerd(t: TestContext): Promise<Containerd> {
  const directory = temporaryDirectory();
  const settings = join(directory, "config.toml");
  await writeFile(settings, "version = 2\n"); // without a file of its own it would take the machine's
  await mkdir(join(directory, "root"));
  const address = join(directory, "socket");
  const daemon = start(toolPath("containerd"), [
    ...["--config", settings, "--address", address, "--log-level", "warn"],
    ...["--root", join(directory, "root"), "--state", join(directory, "state")],
  ]);
  t.after(async () => {
    daemon.signal("SIGTERM");
    await daemon.ended;
  });

  const client = createClient("ctr");
  const ctr: Client = (...args) => client("--address", address, ...args);
  await until("containerd answers", () => {
    if (daemon.hasEnded) throw new Error(`containerd does not start\n${lastPartOf(daemon.stderr())}`);
    return ctr("version").then(Boolean, () => false);
  });
  return { ctr, contentDirectory: join(directory, "root", "io.containerd.content.v1.content") };
}
