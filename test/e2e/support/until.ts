import { setTimeout as sleep } from "node:timers/promises";

const TIMEOUT = 60_000;

/** Resolves once `isSo`; rejects when that takes too long. */
export async function until(
  what: string,
  isSo: () => Promise<boolean> | boolean,
  { timeoutMilliseconds = TIMEOUT } = {},
): Promise<void> {
  const deadline = Date.now() + timeoutMilliseconds;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await sleep(20);
  }
}
