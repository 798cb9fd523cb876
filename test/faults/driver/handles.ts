import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";

const TURNS = 200;

/** Streams close their files a few turns after they were destroyed, so the count is given time to come down. */
export async function assertNoHandleLeaks(work: () => Promise<void>): Promise<void> {
  await work();
  const before = await openHandles();
  for (let round = 0; round < 5; round++) await work();
  let after = await openHandles();
  for (let turn = 0; turn < TURNS && after > before; turn++) {
    await setImmediate();
    after = await openHandles();
  }
  assert.ok(after <= before, `${after - before} more open files than before`);
}

async function openHandles(): Promise<number> {
  return (await readdir("/proc/self/fd")).length;
}
