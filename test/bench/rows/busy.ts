/** How long a manifest takes while others push a lot. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createClient } from "../load/http.ts";
import { ACCEPT } from "../load/images.ts";
import type { Order, Report, Task } from "../load/uploader.ts";
import type { Running } from "../peers/running.ts";
import type { Options, Row } from "../row.ts";
import { percentileOf } from "../statistics.ts";
import { MEBIBYTE, onFilesystem, onS3Directly, pushOneImage, REPOSITORY, TAG, type Where } from "./scene.ts";

export const UPLOADS = 3;
const CLIENTS = 4;
/** Between the requests of one client. */
const PAUSE_MILLISECONDS = 10;
/** Of the row's seconds: the slowest of a hundred needs some hundreds. */
const TIMES_LONGER = 2;

const busyRow = (where: Where): Row => ({
  ...where,
  name: `manifest GET by tag, 99th percentile while ${UPLOADS} large uploads run`,
  unit: "ms",
  better: "lower",
  target: { value: 20 },
  async prepare(registry, options) {
    await pushOneImage(registry);
    const client = createClient(registry);
    const path = `/v2/${REPOSITORY}/manifests/${TAG}`;
    return async () => {
      const ask = () => client.ask({ method: "GET", path, expected: 200, headers: ACCEPT });
      const times = await timesWhileUploading(registry, options, ask);
      return { value: percentileOf(times, 0.99), operations: times.length };
    };
  },
});

/** Milliseconds that each of many questions took, from a few clients, while others push large blobs to the registry. */
export async function timesWhileUploading(
  { url, headers, place }: Running,
  { seconds, quick }: Options,
  ask: () => Promise<unknown>,
): Promise<number[]> {
  const size = (quick ? 16 : 128) * MEBIBYTE;
  const uploader = await startUploads({ url, headers, repository: REPOSITORY, atOnce: UPLOADS, size });
  const times: number[] = [];
  const endsAt = performance.now() + seconds * TIMES_LONGER * 1000;

  async function askUntilTheEnd(): Promise<void> {
    while (performance.now() < endsAt) {
      const begunAt = performance.now();
      await ask();
      times.push(performance.now() - begunAt);
      await sleep(PAUSE_MILLISECONDS);
    }
  }

  await Promise.all(Array.from({ length: CLIENTS }, askUntilTheEnd));
  await place.forget(await endUploads(uploader));
  return times;
}

async function startUploads(task: Task): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL("../load/uploader.ts", import.meta.url)));
  child.send({ kind: "begin", task } satisfies Order);
  await once(child, "message");
  return child;
}

/** What was pushed. Rejects if that failed. */
async function endUploads(child: ChildProcess): Promise<readonly string[]> {
  child.send({ kind: "end" } satisfies Order);
  const [report]: [Report] = (await once(child, "message")) as [Report];
  if (report.kind !== "ended" || report.failure !== undefined) throw new Error(`uploads: ${JSON.stringify(report)}`);
  return report.digests;
}

export const busyRows: readonly Row[] = [busyRow(onFilesystem), busyRow(onS3Directly)];
