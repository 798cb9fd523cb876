/** Real stores that tests run against: started from a script in test/stores, or found where a variable says they are. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { rm, statfs } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "./temp.ts";

export interface StoreServer {
  /** As tests name it. */
  readonly name: string;
  /** Such as `MOORAGE_TEST_RGW`: the URL of one that runs already. */
  readonly variable: string;
  /** In test/stores. Takes a directory, writes the pids of its processes to `pids` there, and prints `endpoint=URL`. */
  readonly script: string;
  /** Without them the script cannot work. */
  readonly programs: readonly string[];
}

const STOP_MILLISECONDS = 5_000;

/**
 * The store's URL. It is started once for the test file, and stopped after it. `undefined`, with a skipped test that says
 * why, where the machine lacks what it needs; with MOORAGE_E2E=require that is a failure.
 */
export async function storeServer(server: StoreServer): Promise<string | undefined> {
  return process.env[server.variable] ?? (await ownStoreServer(server))?.endpoint;
}

/** As `storeServer`, but one of its own in any case: for tests that do to it what others must not see. */
export async function ownStoreServer(server: StoreServer): Promise<StartedStore | undefined> {
  const missing = missingPrograms(server);
  if (missing.length === 0) {
    const store = await startStore(server);
    after(store.stop);
    return store;
  }
  const reason = `no ${missing.join(", ")} on this machine, and ${server.variable} is not set`;
  if (process.env.MOORAGE_E2E === "require") throw new Error(`${server.name}: ${reason}`);
  test(server.name, { skip: reason }, () => {});
  return undefined;
}

export const missingPrograms = ({ programs }: StoreServer): string[] =>
  programs.filter((program) => spawnSync("which", [program]).status !== 0);

export interface StartedStore {
  readonly endpoint: string;
  /** The script's. */
  readonly directory: string;
  stop(): Promise<void>;
}

export async function startStore({ name, script }: StoreServer): Promise<StartedStore> {
  const directory = await temporaryDirectory(await fastPlace());
  const path = fileURLToPath(new URL(`../stores/${script}`, import.meta.url));
  const child = spawn("bash", [path, directory.path], { stdio: ["ignore", "pipe", "pipe"] });
  const pids = () => pidsIn(directory.path);
  const killAll = () => signalAll(pids(), "SIGKILL");
  process.once("exit", killAll);
  async function stop(): Promise<void> {
    await end(pids());
    process.off("exit", killAll);
    await rm(directory.path, { recursive: true, force: true, maxRetries: 5 });
  }
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  const endpoint = stdout.match(/^endpoint=(\S+)$/m)?.[1];
  if (endpoint === undefined) throw new Error(`${name} did not start: ${stdout}${stderr}`);
  return { endpoint, directory: directory.path, stop };
}

const MEMORY = "/dev/shm";
const ROOM_BYTES = 4 * 1024 ** 3;

/** In memory, where there is room: a store's own care for its disk is not what is tested. */
async function fastPlace(): Promise<string | undefined> {
  const { bavail, bsize } = await statfs(MEMORY).catch(() => ({ bavail: 0, bsize: 0 }));
  return bavail * bsize > ROOM_BYTES ? MEMORY : undefined;
}

/** In the order in which its script started them. */
export function pidsIn(directory: string): number[] {
  try {
    return readFileSync(`${directory}/pids`, "utf8").split(/\s+/).map(Number).filter(Boolean);
  } catch {
    return [];
  }
}

async function end(pids: readonly number[]): Promise<void> {
  signalAll(pids, "SIGTERM");
  const deadline = performance.now() + STOP_MILLISECONDS;
  while (pids.some((pid) => signalAll([pid], 0) > 0) && performance.now() < deadline) await sleep(50);
  signalAll(pids, "SIGKILL");
}

/** How many there were to be signalled. */
function signalAll(pids: readonly number[], signal: NodeJS.Signals | 0): number {
  return pids.filter((pid) => {
    try {
      return process.kill(pid, signal);
    } catch {
      return false;
    }
  }).length;
}
