import { setTimeout as sleep } from "node:timers/promises";

const PATIENCE = 20_000;

/** Asks again and again, and rejects when that takes too long. */
export async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`in vain: ${what}`);
    await sleep(20);
  }
}
