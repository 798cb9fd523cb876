/**
 * What a registry must know of a manifest: its media type, what it references, its subject. The bytes themselves are
 * never rewritten: OCI distribution-spec, "Pushing Manifests".
 */
import * as z from "zod";
import type { ContentReference, Descriptor } from "./descriptor.ts";
import { type Digest, isDigest } from "./digest.ts";
import { isReadByDistribution } from "./distribution-reading.ts";
import { RegistryError } from "./errors.ts";
import {
  DOCKER_IMAGE,
  DOCKER_LIST,
  DOCKER_SCHEMA_1_SIGNED,
  isMediaType,
  isSchema1,
  OCI_ARTIFACT,
  OCI_IMAGE,
  OCI_INDEX,
} from "./media-types.ts";

/** Exact bytes under their digest. */
export interface Manifest {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

export interface ManifestContent {
  readonly mediaType: string;
  /** For a referrers list: `artifactType`, or the config's media type. */
  readonly artifactType: string | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
  readonly subject: Digest | undefined;
  /** Config and layers. */
  readonly blobs: readonly ContentReference[];
  /** Children of an index. */
  readonly manifests: readonly ContentReference[];
  /** Whether CNCF distribution can read it. It gives up a whole garbage collection over one that it cannot. */
  readonly readByDistribution: boolean;
}

const reference = z.object({
  mediaType: z.string().optional().default(""),
  digest: z.custom<Digest>(isDigest, "is not a sha256 or sha512 digest"),
  size: z.int().nonnegative().optional().default(0),
  urls: z
    .array(z.string())
    .nullish()
    .transform((urls) => urls ?? []),
  platform: z
    .object({ os: z.string().optional(), architecture: z.string().optional() })
    .nullish()
    .transform((it) => it ?? undefined),
});

const common = z.object({
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  annotations: z
    .record(z.string(), z.string())
    .nullish()
    .transform((it) => it ?? undefined),
  subject: reference.nullish().transform((it) => it ?? undefined),
});
const image = common.extend({ schemaVersion: z.literal(2), config: reference, layers: z.array(reference).nullish() });
const index = common.extend({ schemaVersion: z.literal(2), manifests: z.array(reference).nullish() });
const artifact = common.extend({ blobs: z.array(reference).nullish() });

/**
 * `contentType` is the request's header: without it the manifest speaks for itself. Throws `manifest_invalid` with one
 * detail for each fault.
 */
export function parseManifest(bytes: Uint8Array, contentType: string | undefined): ManifestContent {
  const document = parseObject(bytes);
  const mediaType = agreeOnMediaType(document, contentType);
  switch (mediaType) {
    case OCI_IMAGE:
    case DOCKER_IMAGE: {
      refuse(document, mediaType, ["manifests", "blobs"]);
      const { config, layers, ...rest } = check(image, document);
      return content(mediaType, rest, {
        artifactType: rest.artifactType || config.mediaType,
        blobs: [config, ...(layers ?? [])],
        readByDistribution: isReadByDistribution(bytes),
      });
    }
    case OCI_INDEX:
    case DOCKER_LIST: {
      refuse(document, mediaType, ["config", "layers", "blobs", "fsLayers"]);
      const { manifests, ...rest } = check(index, document);
      return content(mediaType, rest, {
        manifests: manifests ?? [],
        readByDistribution: isReadByDistribution(bytes),
      });
    }
    case OCI_ARTIFACT: {
      const { blobs, ...rest } = check(artifact, document);
      return content(mediaType, rest, { blobs: blobs ?? [] });
    }
    default:
      return content(mediaType, check(common, document), {});
  }
}

/** The media type of a manifest that is in the bucket already, whoever put it there and by whatever rules. */
export function storedMediaType(bytes: Uint8Array): string {
  const document = parseObject(bytes);
  if (typeof document.mediaType === "string" && isMediaType(document.mediaType)) return document.mediaType;
  return inferMediaType(document) ?? (document.schemaVersion === 1 ? DOCKER_SCHEMA_1_SIGNED : OCI_IMAGE);
}

/** The subject of a manifest that is in the bucket already. */
export function storedSubject(bytes: Uint8Array): Digest | undefined {
  const { subject } = parseObject(bytes);
  const digest = typeof subject === "object" && subject !== null && "digest" in subject ? subject.digest : undefined;
  return isDigest(digest) ? digest : undefined;
}

function content(
  mediaType: string,
  { artifactType, annotations, subject }: z.infer<typeof common>,
  own: Partial<ManifestContent>,
): ManifestContent {
  return {
    mediaType,
    artifactType,
    annotations,
    subject: subject?.digest,
    blobs: [],
    manifests: [],
    readByDistribution: false,
    ...own,
  };
}

function parseObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw new RegistryError("manifest_invalid", "the manifest is not JSON in UTF-8", { cause });
  }
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    throw new RegistryError("manifest_invalid", "the manifest is not a JSON object");
  }
  return document as Record<string, unknown>;
}

function agreeOnMediaType(document: Readonly<Record<string, unknown>>, contentType: string | undefined): string {
  const declared = typeof document.mediaType === "string" ? document.mediaType : "";
  const sent = contentType?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const mediaType = declared || inferMediaType(document) || sent;
  if (isSchema1(mediaType) || isSchema1(sent) || document.schemaVersion === 1) {
    throw new RegistryError(
      "manifest_invalid",
      "Docker image manifest schema 1 is not accepted: push with a client that writes schema 2 or OCI images (Docker 1.10 or newer)",
    );
  }
  // It becomes a header of every answer with this manifest.
  if (declared && !isMediaType(declared)) {
    throw new RegistryError("manifest_invalid", 'the manifest\'s "mediaType" is not a media type');
  }
  // Nothing but the bytes is stored, so a media type that they do not tell could not be given back.
  if (!declared && mediaType !== inferMediaType(document)) {
    throw new RegistryError(
      "manifest_invalid",
      'the manifest has no "mediaType", and it is neither an OCI image nor an OCI index',
    );
  }
  if (sent && sent !== mediaType.toLowerCase()) {
    throw new RegistryError(
      "manifest_invalid",
      "the manifest and the request's Content-Type disagree on the media type",
      {
        details: [{ detail: { contentType: sent, mediaType } }],
      },
    );
  }
  return mediaType;
}

function inferMediaType(document: Readonly<Record<string, unknown>>): string | undefined {
  if (Array.isArray(document.manifests)) return OCI_INDEX;
  if (document.config !== undefined) return OCI_IMAGE;
  return undefined;
}

/** A document that is two kinds at once would mean one thing to one client and another to the next (CVE-2021-41190). */
function refuse(document: Readonly<Record<string, unknown>>, mediaType: string, foreign: readonly string[]): void {
  const found = foreign.filter((field) => document[field] !== undefined && document[field] !== null);
  if (found.length > 0) {
    throw new RegistryError("manifest_invalid", `a manifest of type ${mediaType} cannot have "${found.join('", "')}"`);
  }
}

function check<Schema extends z.ZodType>(schema: Schema, document: unknown): z.output<Schema> {
  const result = schema.safeParse(document);
  if (result.success) return result.data;
  throw new RegistryError("manifest_invalid", "the manifest is not valid", {
    details: result.error.issues
      .slice(0, 20)
      .map(({ path, message }) => ({ message: `${path.join(".") || "manifest"}: ${message}` })),
  });
}
