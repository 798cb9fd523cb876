/** The media types that the registry acts on. Everything else is stored and served as it came. */

export const OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json";
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
/** Withdrawn from image-spec before 1.1, still in buckets and clients. */
export const OCI_ARTIFACT = "application/vnd.oci.artifact.manifest.v1+json";
export const DOCKER_IMAGE = "application/vnd.docker.distribution.manifest.v2+json";
export const DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";

export const DOCKER_SCHEMA_1_SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws";
const DOCKER_SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+";

export const OCTET_STREAM = "application/octet-stream";

/** RFC 6838, section 4.2. */
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/i;

export function isMediaType(text: string): boolean {
  return MEDIA_TYPE.test(text);
}

export function isSchema1(mediaType: string): boolean {
  return mediaType.startsWith(DOCKER_SCHEMA_1);
}

/** Layers that may live elsewhere and are never asked of this registry: image-spec 1.0 "non-distributable", Docker "foreign". */
export function isNonDistributable(mediaType: string): boolean {
  return (
    mediaType.startsWith("application/vnd.oci.image.layer.nondistributable.") ||
    mediaType.startsWith("application/vnd.docker.image.rootfs.foreign.")
  );
}
