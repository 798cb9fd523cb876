/** Which endpoint a path names. Repository names contain slashes, so it is read from its end. */
import { RegistryError } from "../oci/errors.ts";

export type PathPattern =
  | "/v2/"
  | "/v2/_catalog"
  | "/v2/{repository}/blobs/{digest}"
  | "/v2/{repository}/blobs/uploads/"
  | "/v2/{repository}/blobs/uploads/{upload}"
  | "/v2/{repository}/manifests/{reference}"
  | "/v2/{repository}/tags/list"
  | "/v2/{repository}/referrers/{digest}";

export interface ParsedPath {
  readonly pattern: PathPattern;
  /** Not yet checked. Empty where the pattern has none. */
  readonly repository: string;
  /** What stands in the last braces, decoded and not yet checked. */
  readonly last: string;
}

/** `path` has no query. `undefined`: no endpoint. Throws `name_invalid` for escapes that decode to nothing. */
export function parsePath(path: string): ParsedPath | undefined {
  if (!path.startsWith("/v2/")) return undefined;
  const rest = path.slice("/v2/".length);
  if (rest === "") return { pattern: "/v2/", repository: "", last: "" };
  if (rest === "_catalog") return { pattern: "/v2/_catalog", repository: "", last: "" };

  // Four segments from the end are all that an endpoint can take: the rest is the name.
  const slash = rest.lastIndexOf("/");
  const last = decode(rest.slice(slash + 1));
  const before = rest.slice(0, Math.max(slash, 0));
  if (last === "list" && before.endsWith("/tags")) return found("/v2/{repository}/tags/list", before, "/tags", last);
  if (before.endsWith("/blobs/uploads")) {
    const pattern = last === "" ? "/v2/{repository}/blobs/uploads/" : "/v2/{repository}/blobs/uploads/{upload}";
    return found(pattern, before, "/blobs/uploads", last);
  }
  if (before.endsWith("/blobs")) {
    if (last === "uploads") return found("/v2/{repository}/blobs/uploads/", before, "/blobs", "");
    return found("/v2/{repository}/blobs/{digest}", before, "/blobs", last);
  }
  if (before.endsWith("/manifests")) return found("/v2/{repository}/manifests/{reference}", before, "/manifests", last);
  if (before.endsWith("/referrers")) return found("/v2/{repository}/referrers/{digest}", before, "/referrers", last);
  return undefined;
}

function found(pattern: PathPattern, before: string, keyword: string, last: string): ParsedPath {
  return { pattern, repository: decode(before.slice(0, -keyword.length)), last };
}

/** An escaped slash would make one segment look like two to whoever reads the decoded name, and never stands in a valid one. */
function decode(text: string): string {
  if (!text.includes("%")) return text;
  try {
    if (!/%2f/i.test(text)) return decodeURIComponent(text);
  } catch {
    // Said below.
  }
  throw new RegistryError("name_invalid", "the path has escapes that do not belong in a name");
}
