/** Images from nothing: manifests, configs and layers of random bytes. Where they are written to is for others. */
import { hash } from "node:crypto";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { createRandom, type Random } from "./random.ts";
import { tar } from "./tar.ts";

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Platform {
  readonly os: string;
  readonly architecture: string;
}

export interface Content {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

/** A manifest, and everything that has to be there before it. */
export interface Image extends Content {
  readonly parts: readonly (Content | Image)[];
}

export interface Layer extends Content {
  /** Of the uncompressed tar, as a config names it. */
  readonly diffId: string;
  readonly tar: Buffer;
}

export type Compression = "gzip" | "zstd" | "none";
type Format = "oci" | "docker";
type Algorithm = "sha256" | "sha512";

const TYPES = {
  oci: {
    manifest: "application/vnd.oci.image.manifest.v1+json",
    index: "application/vnd.oci.image.index.v1+json",
    config: "application/vnd.oci.image.config.v1+json",
    layer: {
      gzip: "application/vnd.oci.image.layer.v1.tar+gzip",
      zstd: "application/vnd.oci.image.layer.v1.tar+zstd",
      none: "application/vnd.oci.image.layer.v1.tar",
    },
  },
  docker: {
    manifest: "application/vnd.docker.distribution.manifest.v2+json",
    index: "application/vnd.docker.distribution.manifest.list.v2+json",
    config: "application/vnd.docker.container.image.v1+json",
    layer: {
      gzip: "application/vnd.docker.image.rootfs.diff.tar.gzip",
      zstd: "application/vnd.docker.image.rootfs.diff.tar.zstd",
      none: "application/vnd.docker.image.rootfs.diff.tar",
    },
  },
} as const;

export interface ImageMaker {
  layer(options?: { size?: number; compression?: Compression; format?: Format; algorithm?: Algorithm }): Layer;
  /** Without layers: two small ones. */
  image(options?: {
    layers?: readonly Layer[];
    format?: Format;
    platform?: Platform;
    algorithm?: Algorithm;
    /** Fields of the manifest in addition to the usual ones, or instead of them. */
    fields?: Readonly<Record<string, unknown>>;
  }): Image;
  index(
    children: readonly Image[],
    options?: { format?: Format; algorithm?: Algorithm; fields?: Readonly<Record<string, unknown>> },
  ): Image;
}

const SMALL = 10_000;
const LINUX_AMD64: Platform = { os: "linux", architecture: "amd64" };

export function createImageMaker(seed: string): ImageMaker {
  const random = createRandom(seed);

  const layer: ImageMaker["layer"] = ({ size = SMALL, compression = "gzip", format = "oci", algorithm } = {}) => {
    const archive = tar([{ name: `file-${random.below(1e9)}`, bytes: random.bytes(size) }]);
    const bytes = compress(archive, compression);
    const content = contentOf(TYPES[format].layer[compression], bytes, algorithm);
    return { ...content, diffId: digestOf(archive), tar: archive };
  };

  return {
    layer,
    image({ layers, format = "oci", platform = LINUX_AMD64, algorithm, fields = {} } = {}) {
      const own = layers ?? [layer({ format }), layer({ format })];
      const config = contentOf(TYPES[format].config, configOf(own, platform, random), algorithm);
      const manifest = {
        schemaVersion: 2,
        mediaType: TYPES[format].manifest,
        config: config.descriptor,
        layers: own.map(({ descriptor }) => descriptor),
        ...fields,
      };
      const { descriptor, bytes } = manifestOf(TYPES[format].manifest, manifest, algorithm);
      return { descriptor: { ...descriptor, platform }, bytes, parts: [config, ...own] };
    },
    index(children, { format = "oci", algorithm, fields = {} } = {}) {
      const index = {
        schemaVersion: 2,
        mediaType: TYPES[format].index,
        manifests: children.map(({ descriptor }) => descriptor),
        ...fields,
      };
      return { ...manifestOf(TYPES[format].index, index, algorithm), parts: children };
    },
  };
}

/** Any JSON as a manifest of any type; it need not say so itself. */
export function manifestOf(
  mediaType: string,
  document: Readonly<Record<string, unknown>>,
  algorithm?: Algorithm,
): Content {
  return contentOf(mediaType, Buffer.from(JSON.stringify(document)), algorithm);
}

export function contentOf(mediaType: string, bytes: Buffer, algorithm?: Algorithm): Content {
  return { descriptor: { mediaType, digest: digestOf(bytes, algorithm), size: bytes.length }, bytes };
}

export function digestOf(bytes: Uint8Array, algorithm: Algorithm = "sha256"): string {
  return `${algorithm}:${hash(algorithm, bytes, "hex")}`;
}

function configOf(layers: readonly Layer[], platform: Platform, random: Random): Buffer {
  return Buffer.from(
    JSON.stringify({
      ...platform,
      created: "2024-01-01T00:00:00Z",
      config: { Labels: { number: String(random.below(1e9)) } },
      rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
      history: layers.map(() => ({ created: "2024-01-01T00:00:00Z", created_by: "test" })),
    }),
  );
}

function compress(bytes: Buffer, compression: Compression): Buffer {
  if (compression === "none") return bytes;
  return compression === "gzip" ? gzipSync(bytes, { level: 1 }) : zstdCompressSync(bytes);
}
