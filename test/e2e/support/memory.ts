import { readFile } from "node:fs/promises";

/** Resident memory of a process in MiB, as Linux counts it: now, and at most so far. */
export async function residentMemory(pid: number): Promise<{ readonly now: number; readonly peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const kibibytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]);
  return { now: Math.round(kibibytes("VmRSS") / 1024), peak: Math.round(kibibytes("VmHWM") / 1024) };
}
