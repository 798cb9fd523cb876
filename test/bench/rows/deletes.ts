/** Deleting a manifest takes its tags away: in a repository with many that are not its. */
import { forEachAtOnce } from "../../../drivers/at-once.ts";
import { createClient } from "../load/http.ts";
import { freshImage, pushImage } from "../load/images.ts";
import type { Row } from "../row.ts";
import { onFilesystem, onS3, pushOneImage, REPOSITORY, tagPrefix, type Where } from "./scene.ts";

const TAGS = 10_000;
const AT_ONCE = 32;

/** What a push leaves of a tag: what it means, and what it ever meant. */
function linksOf(tag: string, digest: string): string[] {
  const prefix = tagPrefix(REPOSITORY, tag);
  return [`${prefix}/current/link`, `${prefix}/index/${digest.replace(":", "/")}/link`];
}

const deleteRow = (where: Where): Row => ({
  ...where,
  name: `manifest DELETE in a repository with ${TAGS.toLocaleString("en")} tags`,
  unit: "ms",
  better: "lower",
  slow: true,
  async prepare(registry) {
    const other = await pushOneImage(registry);
    const driver = await registry.place.openDriver();
    const links = Array.from({ length: TAGS }, (_, n) => linksOf(`t${n}`, other.digest)).flat();
    await forEachAtOnce(links, AT_ONCE, (key) => driver.put(key, Buffer.from(other.digest)));
    await driver.close();
    const client = createClient(registry);
    return async () => {
      const image = freshImage([]);
      await pushImage(client, REPOSITORY, "doomed", image);
      const begunAt = performance.now();
      await client.ask({ method: "DELETE", path: `/v2/${REPOSITORY}/manifests/${image.digest}`, expected: 202 });
      return { value: performance.now() - begunAt, operations: 1 };
    };
  },
});

export const deleteRows: readonly Row[] = [deleteRow(onFilesystem), deleteRow(onS3(0))];
