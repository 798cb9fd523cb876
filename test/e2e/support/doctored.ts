/** A bucket as CNCF distribution leaves it after some use: what the doctor has to say about it. */
import { createImageMaker, type Image } from "./images.ts";
import { deleteManifest, pushBlob, pushImage } from "./push.ts";
import { append, startUpload } from "./uploads.ts";

export interface UsedBucket {
  readonly image: Image;
  /** As `bucketFindings` shows them. */
  readonly expected: readonly string[];
}

export async function useRegistry(url: string): Promise<UsedBucket> {
  const maker = createImageMaker("used");
  const image = maker.image({ layers: [maker.layer(), maker.layer({ size: 100_000 })] });
  for (const repository of ["app", "app/nested", "app-two", "a/0"]) {
    await pushImage(url, repository, image, "v1");
    await pushImage(url, repository, maker.index([image, maker.image()]), "index");
    await pushImage(url, repository, maker.image({ format: "docker" }), "docker");
  }
  await pushImage(url, "app", maker.image(), "v1");
  const gone = maker.image();
  await pushImage(url, "emptied", gone, "v1");
  await deleteManifest(url, "emptied", gone.descriptor.digest);
  await pushBlob(url, "never-finished", maker.layer());
  await append(url, await startUpload(url, "app"), Buffer.alloc(1000, 1));
  return {
    image,
    expected: [
      "differs repositories without a manifest: distribution lists them in its catalogue, Moorage does not: emptied,never-finished",
      "note repositories with unfinished uploads of distribution: clients start them again after the switch: app",
    ],
  };
}
