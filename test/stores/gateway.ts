/** Ceph's gateway, to be paused, stopped and started again while its data stays. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../e2e/support/until.ts";
import { ownStoreServer, pidsIn } from "../support/stores.ts";
import { CEPH } from "./servers.ts";

export interface Gateway {
  readonly endpoint: string;
  /** It takes connections and answers nothing, for that long. */
  pause(milliseconds: number): Promise<void>;
  /** It is ended, and nothing listens for that long. Resolves when it answers again. */
  restart(signal: "SIGTERM" | "SIGKILL", awayMilliseconds: number): Promise<void>;
}

/** `undefined`, with a skipped test that says why, where the machine lacks what it needs. */
export async function startGateway(): Promise<Gateway | undefined> {
  const store = await ownStoreServer(CEPH);
  if (store === undefined) return undefined;
  const { endpoint, directory } = store;
  // Its script starts it last.
  const pid = () => pidsIn(directory).at(-1) ?? 0;
  const isRunning = () => {
    try {
      return process.kill(pid(), 0);
    } catch {
      return false;
    }
  };
  const answers = async () => {
    try {
      return (await fetch(endpoint)).status > 0;
    } catch {
      return false;
    }
  };

  async function start(): Promise<void> {
    const log = openSync(`${directory}/log/rgw.out`, "a");
    const arguments_ = ["-f", "-n", "client.rgw", "-c", "ceph.conf"];
    const child = spawn("radosgw", arguments_, { cwd: directory, stdio: ["ignore", log, log] });
    await once(child, "spawn");
    child.unref();
    writeFileSync(`${directory}/pids`, [...pidsIn(directory).slice(0, -1), child.pid].join("\n"));
    await until("the gateway answers again", answers);
  }

  return {
    endpoint,
    async pause(milliseconds) {
      process.kill(pid(), "SIGSTOP");
      try {
        await sleep(milliseconds);
      } finally {
        process.kill(pid(), "SIGCONT");
      }
    },
    async restart(signal, awayMilliseconds) {
      process.kill(pid(), signal);
      await until("the gateway has ended", () => !isRunning());
      await sleep(awayMilliseconds);
      await start();
    },
  };
}
