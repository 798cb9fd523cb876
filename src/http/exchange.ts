/** One request and its answer, on their way through the first door. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Access, Identity } from "../auth/access-controller.ts";
import type { RepositoryName } from "../oci/names.ts";
import type { Registry } from "../registry/registry.ts";
import type { Locations } from "./locations.ts";
import type { UploadStates } from "./upload-state.ts";
import type { Answer } from "./visit.ts";

/** What every handler may use. */
export interface Services {
  readonly registry: Registry;
  readonly locations: Locations;
  readonly states: UploadStates;
  readonly limits: Limits;
  /** Whether a client at that address can reach the bucket. */
  readonly mayRedirect: (address: string) => boolean;
  /** Whether the proxy that the request came by reads files of the store itself. */
  readonly proxyReadsFiles: (request: IncomingMessage) => boolean;
}

export interface Limits {
  readonly maxManifestBytes: number;
  /** `catalog.maxentries`: more is refused. */
  readonly maxCatalogEntries: number;
  /** `tags.maxtags`: more is cut. */
  readonly maxTags: number;
}

export interface Exchange extends Services {
  readonly request: IncomingMessage;
  readonly response: Answer;
  /** Of the row's path; the handlers of rows without one do not look. */
  readonly repository: RepositoryName;
  /** What stands in the last braces of the row's path, not yet checked. */
  readonly last: string;
  readonly query: URLSearchParams;
  readonly identity: Identity;
  /** Whether the same caller may also do that. */
  readonly may: (access: Access) => Promise<boolean>;
  /** The same for all of them. Rejects `unauthorized` when the caller could come back with a token that allows it. */
  readonly mayOrAsk: (required: readonly Access[]) => Promise<boolean>;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}

/** The signal of `exchange.signal`. */
export function abortWhenGone(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) controller.abort(new Error("the client went away"));
  });
  return controller.signal;
}
