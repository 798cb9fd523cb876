/** Blobs whose bytes go through the registry. */
import { forEachAtOnce } from "../../../drivers/at-once.ts";
import { freshBlob, pushInSteps } from "../load/blobs.ts";
import { download } from "../load/download.ts";
import { createClient } from "../load/http.ts";
import { blobPath } from "../load/images.ts";
import type { Row } from "../row.ts";
import { MEBIBYTE, onFilesystem, onS3Directly, REPOSITORY, type Where } from "./scene.ts";

/** More than one per client where there are few, or a round would be over before it was anything. */
const DOWNLOADS = 16;

function downloadRow(where: Where, clients: number): Row {
  return {
    ...where,
    name: `blob of 100 MiB without redirect, ${clients} ${clients === 1 ? "client" : "clients"}`,
    settings: { withoutRedirects: true },
    unit: "MiB/s",
    better: "higher",
    target: { ratio: 1.25 },
    async prepare(registry, { quick }) {
      const blob = freshBlob((quick ? 10 : 100) * MEBIBYTE);
      const client = createClient(registry);
      await pushInSteps(client, REPOSITORY, blob);
      client.close();
      const path = blobPath(REPOSITORY, blob);
      const downloads = Array.from({ length: Math.max(DOWNLOADS, clients) }, () => path);
      await download(registry, path, blob.size);
      return async () => {
        const begunAt = performance.now();
        await forEachAtOnce(downloads, clients, (path) => download(registry, path, blob.size));
        const seconds = (performance.now() - begunAt) / 1000;
        return { value: (downloads.length * blob.size) / MEBIBYTE / seconds, operations: downloads.length };
      };
    },
  };
}

export const downloadRows: readonly Row[] = [onFilesystem, onS3Directly].flatMap((where) =>
  [1, 8, 32].map((clients) => downloadRow(where, clients)),
);
