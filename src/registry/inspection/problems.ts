/** What can be wrong in a bucket. What it means to an operator, and what to do about it, is for others to say. */

export type ProblemKind =
  /** No client can ask for a repository, or a tag, of that name. */
  | "name_invalid"
  | "tag_invalid"
  /** Layers, tags or uploads, and no manifest. */
  | "repository_ghost"
  /** Manifests, and nothing under `_layers`. */
  | "repository_without_layers"
  /** A link that holds no digest. */
  | "link_damaged"
  | "tag_dangling"
  | "tag_without_current"
  | "revision_without_bytes"
  /** The bytes are not those of the digest. */
  | "manifest_damaged"
  | "manifest_incomplete"
  | "index_incomplete"
  | "manifest_schema_1"
  | "layer_without_bytes"
  /** CNCF distribution's, in a repository. */
  | "upload_unfinished"
  /** The store's own. */
  | "multipart_unfinished"
  | "unreadable";

export interface Problem {
  readonly kind: ProblemKind;
  /** `app`, `app:v1`, `app@sha256:…`, or a key. */
  readonly place: string;
  readonly detail?: string | undefined;
}

export type Report = (problem: Problem) => void;
