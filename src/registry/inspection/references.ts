/** What a manifest that is in the bucket already needs, whoever put it there and by whatever rules. */
import { type Digest, isDigest } from "../../oci/digest.ts";

export interface References {
  readonly blobs: readonly Digest[];
  readonly manifests: readonly Digest[];
  readonly isSchema1: boolean;
}

const NOTHING: References = { blobs: [], manifests: [], isSchema1: false };

export function referencesIn(bytes: Uint8Array): References {
  const document = parseObject(bytes);
  if (document === undefined) return NOTHING;
  const { config, layers, blobs, manifests, fsLayers } = document;
  const held = [config, ...listOf(layers), ...listOf(blobs)].filter((descriptor) => !isElsewhere(descriptor));
  return {
    blobs: [...digestsOf(held, "digest"), ...digestsOf(listOf(fsLayers), "blobSum")],
    manifests: digestsOf(listOf(manifests), "digest"),
    isSchema1: document.schemaVersion === 1,
  };
}

type Fields = Readonly<Record<string, unknown>>;

function parseObject(bytes: Uint8Array): Fields | undefined {
  try {
    const document: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isFields(document) ? document : undefined;
  } catch {
    return undefined; // it is what was pushed, for its digest is right
  }
}

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Layers that come with `urls` need not be in a registry. */
const isElsewhere = (descriptor: unknown): boolean => isFields(descriptor) && listOf(descriptor.urls).length > 0;

function digestsOf(descriptors: readonly unknown[], field: "digest" | "blobSum"): Digest[] {
  return [...new Set(descriptors.map((descriptor) => (isFields(descriptor) ? descriptor[field] : undefined)))].filter(
    isDigest,
  );
}
