import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Order, Report } from "./proxy.ts";

export interface StoreProxy {
  readonly url: string;
  delay(milliseconds: number): void;
  /** Calls so far. */
  calls(): Promise<number>;
  /** Resolves when the registry asks for nothing any more, for it may clean up after an answer. */
  quiet(): Promise<void>;
  stop(): void;
}

const QUIET_MILLISECONDS = 150;
const PATIENCE_MILLISECONDS = 10_000;

export async function startProxy(store: string): Promise<StoreProxy> {
  const child = fork(fileURLToPath(new URL("proxy.ts", import.meta.url)), [store]);
  const order = (message: Order) => void child.send(message);
  const reported = async () => (await once(child, "message"))[0] as Report;
  const listening = await reported();

  async function calls(): Promise<number> {
    order({ kind: "count" });
    const report = await reported();
    return report.kind === "counted" ? report.calls : 0;
  }

  async function quiet(): Promise<void> {
    const begunAt = performance.now();
    let before = -1;
    for (let now = await calls(); now !== before; now = await calls()) {
      if (performance.now() - begunAt > PATIENCE_MILLISECONDS) return;
      before = now;
      await sleep(QUIET_MILLISECONDS);
    }
  }

  return {
    url: listening.kind === "listening" ? `http://127.0.0.1:${listening.port}` : "",
    delay: (milliseconds) => order({ kind: "delay", milliseconds }),
    calls,
    quiet,
    stop: () => void child.kill(),
  };
}
