/** A registry as a process, and what it has cost so far. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { get } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../e2e/support/servers.ts";
import type { Settings } from "../row.ts";
import type { Place } from "../stores/places.ts";
import { authorization } from "./guard.ts";
import type { Peer } from "./peer.ts";
import { type Usage, usageOf } from "./usage.ts";

export interface Running {
  readonly name: string;
  readonly url: string;
  readonly place: Place;
  /** That each request needs. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds from the start of the program to its first answer. */
  restart(): Promise<number>;
  /** Since it was first started. */
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}

interface StartOptions {
  readonly place: Place;
  readonly settings: Settings;
  /** For its configuration, and for all that it logs. */
  readonly directory: string;
}

const START_MILLISECONDS = 30_000;
const STOP_MILLISECONDS = 20_000;
const POLL_MILLISECONDS = 2;

export async function startPeer(peer: Peer, { place, settings, directory }: StartOptions): Promise<Running> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { command, args, env, cwd } = await peer.command({ port, place, settings, directory });
  const logFile = join(directory, "log");
  let child: ChildProcess | undefined;
  const earlier: Usage[] = [];

  async function usage(): Promise<Usage> {
    const all = [...earlier, ...(child?.pid && child.exitCode === null ? [await usageOf(child.pid)] : [])];
    return {
      peakMebibytes: Math.max(...all.map(({ peakMebibytes }) => peakMebibytes)),
      processorSeconds: all.reduce((sum, { processorSeconds }) => sum + processorSeconds, 0),
    };
  }

  async function start(): Promise<number> {
    const log = await open(logFile, "a");
    const begunAt = performance.now();
    child = spawnWithLog(command, args, { cwd, env: { ...process.env, ...env }, log });
    await log.close();
    while (!(await answers(`${url}/v2/`))) {
      if (child.exitCode !== null || performance.now() - begunAt > START_MILLISECONDS)
        throw new Error(`${peer.name} does not start: ${(await readFile(logFile, "utf8")).slice(-2000)}`);
      await sleep(POLL_MILLISECONDS);
    }
    return performance.now() - begunAt;
  }

  async function stop(): Promise<void> {
    const ending = child;
    if (ending?.pid === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    earlier.push(await usageOf(ending.pid));
    const ended = once(ending, "exit");
    ending.kill("SIGTERM");
    const timer = setTimeout(() => ending.kill("SIGKILL"), STOP_MILLISECONDS);
    await ended;
    clearTimeout(timer);
  }

  await start();
  return {
    name: peer.name,
    url,
    place,
    headers: settings.guarded ? { authorization } : {},
    async restart() {
      await stop();
      return await start();
    },
    usage,
    stop,
  };
}

const running = new Set<ChildProcess>();

/** What it says goes to a file, as a service's does: nobody here should be busy with reading it. */
function spawnWithLog(
  command: string,
  args: readonly string[],
  { log, ...options }: { cwd: string | undefined; env: NodeJS.ProcessEnv; log: FileHandle },
): ChildProcess {
  const child = spawn(command, args, { ...options, stdio: ["ignore", log.fd, log.fd] });
  if (!process.listeners("exit").includes(killRunning)) process.on("exit", killRunning);
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

function killRunning(): void {
  for (const child of running) child.kill("SIGTERM");
}

/** With anything: one that asks for a password has started as well. */
function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false }, (response) => {
      response.resume();
      resolve((response.statusCode ?? 500) < 500);
    });
    request.once("error", () => resolve(false));
  });
}
