/** Blobs whose bytes do not come from the store directly: through the registry, or from the proxy in front of it. */
import { forEachAtOnce } from "../../../drivers/at-once.ts";
import { freshBlob, pushInSteps } from "../load/blobs.ts";
import { download } from "../load/download.ts";
import { createClient } from "../load/http.ts";
import { blobPath } from "../load/images.ts";
import type { Row, Settings, Target } from "../row.ts";
import { MEBIBYTE, onFilesystem, onS3Directly, REPOSITORY, type Where } from "./scene.ts";

/** More than one per client where there are few, or a round would be over before it was anything. */
const DOWNLOADS = 16;

interface Way {
  readonly where: Where;
  readonly name: string;
  readonly settings: Settings;
  readonly target: Target;
}

const withoutRedirect = (where: Where): Way => ({
  where,
  name: "without redirect",
  settings: { withoutRedirects: true },
  target: { ratio: 1.25 },
});
/** distribution cannot tell nginx to send a file. */
const behindNginx: Way = {
  where: onFilesystem,
  name: "behind nginx",
  settings: { behindNginx: true },
  target: { ratio: 1.6 },
};

function downloadRow({ where, name, ...more }: Way, clients: number): Row {
  return {
    ...where,
    ...more,
    name: `blob of 100 MiB ${name}, ${clients} ${clients === 1 ? "client" : "clients"}`,
    unit: "MiB/s",
    better: "higher",
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

export const downloadRows: readonly Row[] = [
  withoutRedirect(onFilesystem),
  behindNginx,
  withoutRedirect(onS3Directly),
].flatMap((way) => [1, 8, 32].map((clients) => downloadRow(way, clients)));
