/** How long a manifest takes while others push a lot. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createClient } from "../load/http.ts";
import { ACCEPT } from "../load/images.ts";
import type { Order, Report, Task } from "../load/uploader.ts";
import type { Row } from "../row.ts";
import { percentileOf } from "../statistics.ts";
import { MEBIBYTE, onFilesystem, onS3Directly, pushOneImage, REPOSITORY, TAG, type Where } from "./scene.ts";

const UPLOADS = 3;
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
  async prepare(registry, { seconds, quick }) {
    await pushOneImage(registry);
    const client = createClient(registry);
    const { url, headers, place } = registry;
    const task = { url, headers, repository: REPOSITORY, atOnce: UPLOADS, size: (quick ? 16 : 128) * MEBIBYTE };
    const path = `/v2/${REPOSITORY}/manifests/${TAG}`;

    async function askUntil(endsAt: number, times: number[]): Promise<void> {
      while (performance.now() < endsAt) {
        const begunAt = performance.now();
        await client.ask({ method: "GET", path, expected: 200, headers: ACCEPT });
        times.push(performance.now() - begunAt);
        await sleep(PAUSE_MILLISECONDS);
      }
    }

    return async () => {
      const uploader = await startUploads(task);
      const times: number[] = [];
      const endsAt = performance.now() + seconds * TIMES_LONGER * 1000;
      await Promise.all(Array.from({ length: CLIENTS }, () => askUntil(endsAt, times)));
      await place.forget(await endUploads(uploader));
      return { value: percentileOf(times, 0.99), operations: times.length };
    };
  },
});

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
