/** A Docker daemon of the test's own: nothing of it is shared with one that the machine may run. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "./clients.ts";
import { temporaryDirectory } from "./directories.ts";
import { lastPartOf, type ProgramOptions, run, start } from "./programs.ts";
import { missing, toolPath } from "./tools.ts";

export interface Docker {
  /** Standard output. Rejects when the command fails. */
  (...args: readonly string[]): Promise<string>;
  /** For starting commands that the test ends itself. */
  readonly command: readonly [program: string, ...args: string[]];
  readonly options: ProgramOptions;
  /** For another user of the same daemon: one with a `DOCKER_CONFIG` of their own, or with something to say on standard input. */
  as(options: ProgramOptions): Client;
  log(): string;
}

export const dockerMissing = (...others: readonly string[]) => missing("dockerd", "docker", "unshare", ...others);

const START_TIMEOUT = 60_000;

/** The daemon insists on cgroups, even though no container is run; containers that run the tests may have none mounted. */
const WITH_CGROUPS = `
  grep -q " /sys/fs/cgroup[ /]" /proc/self/mounts || mount -t cgroup2 cgroup2 /sys/fs/cgroup
  exec "$@"`;

/** `settings`: as in daemon.json. */
export async function startDocker(
  t: TestContext,
  { settings: given = {} }: { readonly settings?: Readonly<Record<string, unknown>> } = {},
): Promise<Docker> {
  const directory = temporaryDirectory();
  const settings = join(directory, "daemon.json");
  await writeFile(settings, JSON.stringify(given)); // without a file of its own it would take the machine's
  const socket = `unix://${join(directory, "socket")}`;
  const daemonArgs = [
    ...["--host", socket, "--pidfile", join(directory, "pid")],
    ...["--data-root", join(directory, "data"), "--exec-root", join(directory, "exec")],
    ...["--config-file", settings, "--storage-driver", "vfs"],
    ...["--bridge", "none", "--iptables=false", "--ip6tables=false"],
  ];
  // In a mount namespace of its own, so that what it mounts is gone with it.
  const daemon = start("unshare", ["--mount", "sh", "-c", WITH_CGROUPS, "sh", toolPath("dockerd"), ...daemonArgs]);
  t.after(async () => {
    daemon.signal("SIGTERM");
    await daemon.ended;
  });

  const options = { env: { DOCKER_CONFIG: join(directory, "config") } };
  const command = [toolPath("docker"), "--host", socket] as const;
  const [program, ...first] = command;
  const as =
    (options: ProgramOptions): Client =>
    async (...args) =>
      (await run(program, [...first, ...args], options)).stdout.trim();
  const docker = as(options);

  const deadline = Date.now() + START_TIMEOUT;
  while (!(await docker("version").then(Boolean, () => false))) {
    if (daemon.hasEnded || Date.now() > deadline)
      throw new Error(`dockerd does not start\n${lastPartOf(daemon.stderr())}`);
    await sleep(200);
  }
  return Object.assign(docker, { command: [...command] as [string, ...string[]], options, as, log: daemon.stderr });
}
