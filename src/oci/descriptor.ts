/** Descriptors: OCI image-spec, descriptor.md. */
import type { Digest } from "./digest.ts";

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly artifactType?: string | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** As a manifest names it: what is needed to look whether the content is there. */
export interface ContentReference {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  /** Where else the content may be had. */
  readonly urls: readonly string[];
  readonly platform?: { readonly os?: string | undefined; readonly architecture?: string | undefined } | undefined;
}
