/** Pushing blobs: one or a few large ones, many short ones. */
import { forEachAtOnce } from "../../../drivers/at-once.ts";
import { type Blob, freshBlobs, type Push, pushInOneRequest, pushInSteps } from "../load/blobs.ts";
import { createClient } from "../load/http.ts";
import type { Row, Target } from "../row.ts";
import {
  DELAYS,
  MEBIBYTE,
  onFilesystem,
  onS3,
  onS3Directly,
  REPOSITORY,
  WARM_UP_SECONDS,
  type Where,
} from "./scene.ts";

interface Upload {
  readonly name: string;
  readonly count: number;
  readonly size: number;
  readonly atOnce: number;
  readonly push: Push;
  readonly target?: Target | undefined;
  /** What matters of it: bytes, or how long all of them take. */
  readonly unit: "MiB/s" | "blobs/s" | "s";
  readonly warmUpSeconds?: number;
}

const QUICK = { count: 20, size: 8 * MEBIBYTE };

function uploadRow(where: Where, upload: Upload): Row {
  const { name, count, size, atOnce, push, target, unit, warmUpSeconds = WARM_UP_SECONDS } = upload;
  return {
    ...where,
    name,
    unit,
    better: unit === "s" ? "lower" : "higher",
    ...(target ? { target } : {}),
    async prepare(registry, { quick }) {
      const client = createClient(registry);
      const [number, length] = quick ? [Math.min(count, QUICK.count), Math.min(size, QUICK.size)] : [count, size];
      const areShort = length <= MEBIBYTE;
      const pushAll = async (blobs: readonly Blob[]) => {
        const begunAt = performance.now();
        await forEachAtOnce(blobs, atOnce, (blob) => push(client, REPOSITORY, blob));
        const seconds = (performance.now() - begunAt) / 1000;
        // A file system that lets the inodes of deleted files rest makes new ones more slowly.
        if (!areShort) await registry.place.forget(blobs.map(({ digest }) => digest));
        return seconds;
      };
      const warmUntil = performance.now() + warmUpSeconds * 1000;
      do await pushAll(freshBlobs(Math.min(number, 100), Math.min(length, 16 * MEBIBYTE)));
      while (areShort && !quick && performance.now() < warmUntil);
      return async () => {
        const seconds = await pushAll(freshBlobs(number, length));
        const value = { s: seconds, "blobs/s": number / seconds, "MiB/s": (number * length) / MEBIBYTE / seconds };
        return { value: value[unit], operations: number };
      };
    },
  };
}

const WAYS: readonly (readonly [string, Push])[] = [
  ["POST, PATCH, PUT", pushInSteps],
  ["POST, PUT", pushInOneRequest],
];

const large = (push: Push, way: string, target: Target): Upload => ({
  name: `push of a layer of 1 GiB by ${way}`,
  ...{ count: 1, size: 1024 * MEBIBYTE, atOnce: 1, push, target, unit: "MiB/s" },
});
const fourLarge = (target: Target): Upload => ({
  name: "push of 4 layers of 256 MiB at once",
  ...{ count: 4, size: 256 * MEBIBYTE, atOnce: 4, push: pushInSteps, target, unit: "MiB/s" },
});
const layersOfAnImage = (push: Push, way: string, target?: Target): Upload => ({
  name: `push of 200 layers of 100 KiB, 5 at once, by ${way}`,
  ...{ count: 200, size: 100 * 1024, atOnce: 5, push, target, unit: "s" },
});
const shortest: Upload = {
  name: "push of layers of 4 KiB, 8 at once",
  ...{ count: 400, size: 4096, atOnce: 8, push: pushInSteps, target: { ratio: 2.5 }, unit: "blobs/s" },
  // It is about how many, for hours: Node has compiled what they need after some ten thousand.
  warmUpSeconds: 20,
};
/** About memory. */
const eight: Upload = {
  name: "push of 8 layers of 128 MiB at once",
  ...{ count: 8, size: 128 * MEBIBYTE, atOnce: 8, push: pushInSteps, target: { mebibytes: 250 }, unit: "MiB/s" },
};
const fifty: Upload = {
  name: "push of 50 layers of 20 MiB at once",
  ...{ count: 50, size: 20 * MEBIBYTE, atOnce: 50, push: pushInSteps, target: { mebibytes: 500 }, unit: "MiB/s" },
};

export const uploadRows: readonly Row[] = [
  ...WAYS.map(([way, push]) => uploadRow(onFilesystem, large(push, way, { ratio: 1.2 }))),
  uploadRow(onFilesystem, fourLarge({ ratio: 1 })),
  uploadRow(onFilesystem, shortest),
  ...WAYS.map(([way, push]) => uploadRow(onS3Directly, large(push, way, { ratio: 1.5 }))),
  uploadRow(onS3Directly, fourLarge({ ratio: 1.5 })),
  ...WAYS.map(([way, push]) => uploadRow(onFilesystem, layersOfAnImage(push, way))),
  ...DELAYS.flatMap((delay) =>
    WAYS.map(([way, push]) => uploadRow(onS3(delay), layersOfAnImage(push, way, { ratio: 4 }))),
  ),
  ...[onFilesystem, onS3Directly].flatMap((where) => [uploadRow(where, eight), uploadRow(where, fifty)]),
];
