/** What most rows begin with. */
import { createClient } from "../load/http.ts";
import { freshImage, type Image, pushImage } from "../load/images.ts";
import type { Running } from "../peers/running.ts";
import type { Row } from "../row.ts";

export const REPOSITORY = "bench/app";
export const TAG = "v1";

/** The stores that requests are measured on. A delay of 5 ms is a bucket in the same region. */
export const STORES: readonly Pick<Row, "store" | "delayMilliseconds">[] = [
  { store: "filesystem" },
  { store: "s3", delayMilliseconds: 0 },
  { store: "s3", delayMilliseconds: 5 },
  { store: "s3", delayMilliseconds: 30 },
];

export const onFilesystem = { store: "filesystem" } as const;
export const onS3 = (delayMilliseconds: number) => ({ store: "s3", delayMilliseconds }) as const;

const LAYERS = [20_000, 20_000, 20_000];

export async function pushOneImage(registry: Running): Promise<Image> {
  const client = createClient(registry);
  const image = freshImage(LAYERS);
  await pushImage(client, REPOSITORY, TAG, image);
  client.close();
  return image;
}
