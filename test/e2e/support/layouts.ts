/** Images on disk, as clients take them: OCI layouts and docker archives. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Content, Descriptor, Image, Layer } from "./images.ts";
import { tar } from "./tar.ts";

/** An OCI image layout with the images under their tags. */
export async function writeLayout(directory: string, images: Readonly<Record<string, Image>>): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const image of Object.values(images)) {
    for (const { descriptor, bytes } of contentsOf(image)) await writeBlob(directory, descriptor, bytes);
  }
  const manifests = Object.entries(images).map(([tag, { descriptor }]) => ({
    ...descriptor,
    annotations: { "org.opencontainers.image.ref.name": tag },
  }));
  await writeFile(join(directory, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  await writeFile(join(directory, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
}

/** The manifests in a layout's index, in their order. */
export async function readLayout(directory: string): Promise<readonly Descriptor[]> {
  return JSON.parse(await readFile(join(directory, "index.json"), "utf8")).manifests;
}

/** What `docker load` takes. */
export async function writeDockerArchive(
  file: string,
  images: readonly { readonly image: Image; readonly layers: readonly Layer[]; readonly tags: readonly string[] }[],
): Promise<void> {
  const layerFiles = images.flatMap(({ layers }) => layers.map((layer) => [layerName(layer), layer.tar] as const));
  const configs = images.map(({ image }) => [configName(image), configOf(image).bytes] as const);
  const manifest = images.map(({ image, layers, tags }) => ({
    Config: configName(image),
    RepoTags: tags,
    Layers: layers.map(layerName),
  }));
  const files = new Map<string, Buffer>([...layerFiles, ...configs]);
  files.set("manifest.json", Buffer.from(JSON.stringify(manifest)));
  await writeFile(file, tar([...files].map(([name, bytes]) => ({ name, bytes }))));
}

/** What docker calls the image's id. */
export function imageId(image: Image): string {
  return configOf(image).descriptor.digest;
}

/** An image and all that it consists of, manifests of an index included, parts first. */
export function contentsOf(image: Image): Content[] {
  return [...image.parts.flatMap((part) => ("parts" in part ? contentsOf(part) : [part])), image];
}

function configOf({ parts: [config] }: Image): Content {
  if (config === undefined) throw new Error("an index has no config");
  return config;
}

const hexOf = (digest: string) => digest.slice(digest.indexOf(":") + 1);
const layerName = ({ diffId }: Layer) => `${hexOf(diffId)}.tar`;
const configName = (image: Image) => `${hexOf(imageId(image))}.json`;

async function writeBlob(directory: string, { digest }: Descriptor, bytes: Buffer): Promise<void> {
  const [algorithm = "", hex = ""] = digest.split(":");
  await mkdir(join(directory, "blobs", algorithm), { recursive: true });
  await writeFile(join(directory, "blobs", algorithm, hex), bytes);
}
