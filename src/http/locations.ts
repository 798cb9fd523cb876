/** The URLs that answers point at: relative by default, since no proxy in between can make those wrong. */
import type { IncomingMessage } from "node:http";
import type { Digest } from "../oci/digest.ts";
import type { RepositoryName } from "../oci/names.ts";
import type { Peers } from "./peers.ts";

export interface LocationOptions {
  /** `http.host`: where clients see this registry, if they are to be told. */
  readonly externalUrl?: string | undefined;
  /** `http.prefix`: "/" or "/path/". */
  readonly prefix: string;
  /** `false`: absolute, from what the request (and a trusted proxy) says. */
  readonly relative: boolean;
}

export interface Locations {
  blob(request: IncomingMessage, repository: RepositoryName, digest: Digest): string;
  manifest(request: IncomingMessage, repository: RepositoryName, digest: Digest): string;
  upload(request: IncomingMessage, repository: RepositoryName, id: string, state: string): string;
  /** The value of a `Link` header, RFC 8288. Relative to the request's URL, always. */
  next(path: string, query: Readonly<Record<string, string | number | undefined>>): string;
  /** Scheme and host, for those who cannot take a relative URL. */
  origin(request: IncomingMessage): string;
}

export function createLocations(
  { externalUrl, prefix, relative }: LocationOptions,
  peers: Pick<Peers, "originOf">,
): Locations {
  const root = prefix.replace(/\/+$/, "");
  const external = externalUrl?.replace(/\/+$/, "");

  const origin = (request: IncomingMessage): string => external ?? peers.originOf(request);

  function base(request: IncomingMessage): string {
    return relative && external === undefined ? root : origin(request) + root;
  }

  return {
    blob: (request, repository, digest) => `${base(request)}/v2/${repository}/blobs/${digest}`,
    manifest: (request, repository, digest) => `${base(request)}/v2/${repository}/manifests/${digest}`,
    upload: (request, repository, id, state) => `${base(request)}/v2/${repository}/blobs/uploads/${id}?_state=${state}`,
    next(path, query) {
      const search = new URLSearchParams();
      for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
      return `<${root}${path}?${search}>; rel="next"`;
    },
    origin,
  };
}
