/** Many clients at once, each with an image of its own, as docker does it. */
import { createClient } from "../load/http.ts";
import { freshImage, type Image, pullImage, pushImage } from "../load/images.ts";
import type { Row } from "../row.ts";
import { DELAYS, onFilesystem, onS3, type Where } from "./scene.ts";

const IMAGES = 50;
const LAYERS = [50_000, 100_000, 200_000, 1_000_000];

const freshImages = (): Image[] => Array.from({ length: IMAGES }, () => freshImage(LAYERS));

async function secondsOf(
  work: (image: Image, index: number) => Promise<void>,
  images: readonly Image[],
): Promise<number> {
  const begunAt = performance.now();
  await Promise.all(images.map(work));
  return (performance.now() - begunAt) / 1000;
}

const repositoryOf = (index: number): string => `bench/app-${index}`;

const pushRow = (where: Where): Row => ({
  ...where,
  name: `${IMAGES} pushes of an image at once`,
  unit: "images/s",
  better: "higher",
  target: { mebibytes: 500 },
  async prepare(registry) {
    const client = createClient(registry);
    let round = 0;
    return async () => {
      const images = freshImages();
      const tag = `v${round++}`;
      const seconds = await secondsOf((image, index) => pushImage(client, repositoryOf(index), tag, image), images);
      return { value: IMAGES / seconds, operations: IMAGES };
    };
  },
});

const pullRow = (where: Where): Row => ({
  ...where,
  name: `${IMAGES} pulls of an image at once`,
  unit: "images/s",
  better: "higher",
  target: { mebibytes: 500 },
  async prepare(registry) {
    const client = createClient(registry);
    const images = freshImages();
    const pullAll = () => secondsOf((image, index) => pullImage(client, repositoryOf(index), "v1", image), images);
    for (const [index, image] of images.entries()) await pushImage(client, repositoryOf(index), "v1", image);
    await pullAll();
    return async () => ({ value: IMAGES / (await pullAll()), operations: IMAGES });
  },
});

export const imageRows: readonly Row[] = [onFilesystem, ...DELAYS.map(onS3)].flatMap((where) => [
  pushRow(where),
  pullRow(where),
]);
