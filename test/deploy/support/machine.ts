/**
 * A machine of the test's own, as far as Docker is concerned: a daemon at its usual address, with networks and ports that no
 * other process sees. Only what is needed for that is its own (mounts, network); files are shared.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { temporaryDirectory } from "../../e2e/support/directories.ts";
import {
  type Finished,
  lastPartOf,
  type Program,
  type ProgramOptions,
  run,
  start,
} from "../../e2e/support/programs.ts";
import { missing, toolPath } from "../../e2e/support/tools.ts";

export interface Machine {
  /** Runs a program there. Rejects when it fails. */
  run(command: string, args: readonly string[], options?: MachineOptions): Promise<Finished>;
  /** Runs a script of `sh` there. */
  sh(script: string, options?: MachineOptions): Promise<string>;
  /** Standard output. */
  docker(...args: readonly string[]): Promise<string>;
  start(command: string, args: readonly string[], options?: MachineOptions): Program;
  /** Gone with the machine. */
  readonly directory: string;
}

type MachineOptions = ProgramOptions & { readonly timeoutMilliseconds?: number };

export const machineMissing = (...others: readonly string[]) =>
  missing("dockerd", "docker", "unshare", "nsenter", "ip", "iptables", ...others);

const START_TIMEOUT = 60_000;

const BOOT = `
  ip link set lo up
  mount -t tmpfs tmpfs /run
  [ ! -d /etc/docker ] || mount -t tmpfs tmpfs /etc/docker
  grep -q " /sys/fs/cgroup[ /]" /proc/self/mounts || mount -t cgroup2 cgroup2 /sys/fs/cgroup
  exec "$@"`;

const IN_DIRECTORY = 'cd "$0" && exec "$@"';

export async function startMachine(t: TestContext): Promise<Machine> {
  const directory = temporaryDirectory();
  const home = join(directory, "home");
  await mkdir(home);
  const daemon = start("unshare", [
    ...["--mount", "--net", "sh", "-c", BOOT, "sh", toolPath("dockerd")],
    ...["--data-root", join(directory, "docker"), "--exec-root", "/run/docker-exec"],
  ]);
  t.after(async () => {
    daemon.signal("SIGTERM");
    await daemon.ended;
  });

  const prefix = (command: string, args: readonly string[], cwd = directory) =>
    ["-t", String(daemon.pid), "-m", "-n", "--", "sh", "-c", IN_DIRECTORY, cwd, command, ...args] as const;
  const environment = (env: ProgramOptions["env"]) => ({ HOME: home, DOCKER_CONFIG: join(home, ".docker"), ...env });

  const machine: Machine = {
    directory,
    run: (command, args, { cwd, env, ...options } = {}) =>
      run("nsenter", prefix(command, args, cwd), { ...options, env: environment(env) }),
    start: (command, args, { cwd, env, ...options } = {}) =>
      start("nsenter", prefix(command, args, cwd), { ...options, env: environment(env) }),
    sh: async (script, options) => (await machine.run("sh", ["-euc", script], options)).stdout.trim(),
    docker: async (...args) =>
      (await machine.run(toolPath("docker"), args, { timeoutMilliseconds: 300_000 })).stdout.trim(),
  };

  const deadline = Date.now() + START_TIMEOUT;
  while (!(await machine.docker("version").then(Boolean, () => false))) {
    if (daemon.hasEnded || Date.now() > deadline)
      throw new Error(`dockerd does not start\n${lastPartOf(daemon.stderr())}`);
    await sleep(200);
  }
  return machine;
}
