/** What most rows begin with. */
import { createClient } from "../load/http.ts";
import { freshImage, type Image, pushImage } from "../load/images.ts";
import type { Running } from "../peers/running.ts";
import type { Row } from "../row.ts";

export const REPOSITORY = "bench/app";
export const TAG = "v1";
export const MEBIBYTE = 1024 * 1024;

export type Where = Pick<Row, "store" | "delayMilliseconds" | "direct">;

export const onFilesystem: Where = { store: "filesystem" };
export const onS3Directly: Where = { store: "s3", direct: true };
/** 5 ms is a bucket in the same region, 30 ms one that is not. */
export const onS3 = (delayMilliseconds: number): Where => ({ store: "s3", delayMilliseconds });

export const DELAYS = [0, 5, 30] as const;

/** Of what is done only a few hundred times a second: a compiler at run time must see that it is worth its work. */
export const WARM_UP_SECONDS = 5;

/** In the layout that all registries here share. */
export const REPOSITORIES = "docker/registry/v2/repositories";
export const tagPrefix = (repository: string, tag: string): string =>
  `${REPOSITORIES}/${repository}/_manifests/tags/${tag}`;

const LAYERS = [20_000, 20_000, 20_000];

export async function pushOneImage(registry: Running): Promise<Image> {
  const client = createClient(registry);
  const image = freshImage(LAYERS);
  await pushImage(client, REPOSITORY, TAG, image);
  client.close();
  return image;
}
