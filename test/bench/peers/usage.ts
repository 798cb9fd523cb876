/** What a process and its children use, as Linux counts it. */
import { readFile } from "node:fs/promises";
import { residentMemory } from "../../e2e/support/memory.ts";

export interface Usage {
  /** Resident, the most that each of them ever had, added up. */
  readonly peakMebibytes: number;
  readonly processorSeconds: number;
}

/** Of a clock tick, on every Linux that matters. */
const TICKS_PER_SECOND = 100;

export async function usageOf(pid: number): Promise<Usage> {
  const pids = await treeOf(pid);
  const memory = await Promise.all(pids.map(residentMemory));
  const processor = await Promise.all(pids.map(processorSecondsOf));
  return { peakMebibytes: sum(memory.map(({ peak }) => peak)), processorSeconds: sum(processor) };
}

async function treeOf(pid: number): Promise<number[]> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).split(" ").map(Number).filter(Boolean);
  return [pid, ...(await Promise.all(children.map(treeOf))).flat()];
}

const processorSecondsOf = async (pid: number): Promise<number> => await ticksOf(pid, 11, 12);

/** Of programs that this process started, and that have ended. */
export const endedProcessorSeconds = async (): Promise<number> => await ticksOf(process.pid, 13, 14);

/** proc_pid_stat(5): from field 3 on, for the second, a name, may contain anything. */
async function ticksOf(pid: number, ...indexes: readonly number[]): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return sum(indexes.map((index) => Number(fields[index]))) / TICKS_PER_SECOND;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
