/** Names of repositories and tags: OCI distribution-spec, "Pulling manifests". A parsed name is safe as part of an object key. */
import { type Digest, parseDigest } from "./digest.ts";
import { RegistryError } from "./errors.ts";

declare const brand: unique symbol;

export type RepositoryName = string & { readonly [brand]: "repository" };
export type Tag = string & { readonly [brand]: "tag" };

export type Reference =
  | { readonly kind: "tag"; readonly tag: Tag }
  | { readonly kind: "digest"; readonly digest: Digest };

const MAX_NAME_LENGTH = 255;
const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/** Throws `name_invalid`. The length limit is distribution's: longer names would not fit into its keys. */
export function parseRepositoryName(text: string): RepositoryName {
  // Length first: it bounds what the expression can cost.
  if (text.length > MAX_NAME_LENGTH || !NAME.test(text)) {
    throw new RegistryError("name_invalid", "the repository name is not valid", {
      details: [
        {
          message: `a repository name is at most ${MAX_NAME_LENGTH} characters: lower-case letters and digits, joined by ".", "_", "__" or "-", in components joined by "/"`,
          detail: { name: clip(text) },
        },
      ],
    });
  }
  return text as RepositoryName;
}

/** Throws `tag_invalid`. */
export function parseTag(text: string): Tag {
  if (!TAG.test(text)) {
    throw new RegistryError("tag_invalid", "the tag is not valid", {
      details: [
        {
          message: 'a tag is 1 to 128 letters, digits, "_", "." and "-", and starts with a letter, a digit or "_"',
          detail: { tag: clip(text) },
        },
      ],
    });
  }
  return text as Tag;
}

export function isTag(text: string): text is Tag {
  return TAG.test(text);
}

/** A digest has a colon, a tag cannot. Throws `tag_invalid` or `digest_invalid`. */
export function parseReference(text: string): Reference {
  return text.includes(":") ? { kind: "digest", digest: parseDigest(text) } : { kind: "tag", tag: parseTag(text) };
}

export function formatReference(reference: Reference): string {
  return reference.kind === "tag" ? reference.tag : reference.digest;
}

/** Hostile input is shown back shortened. */
function clip(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
