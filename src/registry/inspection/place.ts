/** What a key below `repositories/` is for. See docs/layout.md. */
import { type Digest, isDigest } from "../../oci/digest.ts";
import { REPOSITORIES_PREFIX } from "../keys.ts";

export type Place = { readonly repository: string } & (
  | { readonly role: "layer" | "revision" | "foreign"; readonly digest: Digest }
  | { readonly role: "current" | "history"; readonly tag: string }
  | { readonly role: "upload"; readonly upload: string }
);

const KEY = /^(.+?)\/_(layers|manifests|uploads)\/(.+)$/s;
const LINK = /^([^/]+)\/([^/]+)\/(link|foreign)$/;
const TAG = /^tags\/([^/]+)\/(current\/link|index\/.+\/link)$/s;

/** `undefined`: none of the registry's. */
export function placeOf(key: string): Place | undefined {
  const [, repository, part, rest = ""] = KEY.exec(key.slice(REPOSITORIES_PREFIX.length)) ?? [];
  if (repository === undefined) return undefined;
  if (part === "layers") return ofLink(repository, rest, "layer");
  if (part === "uploads") return { repository, role: "upload", upload: rest.split("/", 1)[0] ?? "" };
  const [, tag, role] = TAG.exec(rest) ?? [];
  if (tag !== undefined) return { repository, role: role === "current/link" ? "current" : "history", tag };
  return rest.startsWith("revisions/") ? ofLink(repository, rest.slice("revisions/".length), "revision") : undefined;
}

function ofLink(repository: string, rest: string, role: "layer" | "revision"): Place | undefined {
  const [, algorithm, hex, name] = LINK.exec(rest) ?? [];
  const digest = `${algorithm}:${hex}`;
  if (!isDigest(digest) || (role === "layer" && name === "foreign")) return undefined;
  return { repository, role: name === "foreign" ? "foreign" : role, digest };
}
