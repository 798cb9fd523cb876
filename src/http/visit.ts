/** A request as seen from outside, and what is found out about it on its way: for logs, metrics and the audit. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Peers } from "./peers.ts";

export interface Visit {
  readonly requestId: string;
  /** As it came; may have secrets in its query. */
  readonly url: string;
  /** The client's, as far as trusted proxies tell. */
  readonly address: string;
  /** How metrics call the route. */
  handler?: string | undefined;
  repository?: string | undefined;
  reference?: string | undefined;
  user?: string | undefined;
}

/** Express calls the place `locals`, and leaves what is there. */
export interface Answer extends ServerResponse<IncomingMessage> {
  locals: Visit;
}

/** Of a response that was on its way through Express. */
export const asAnswer = (response: { readonly locals: object }): Answer => response as Answer;

/** Sees each request first, and may wait for the end of its answer. */
export type Observer = (request: IncomingMessage, response: Answer) => void;

export function createVisit(request: IncomingMessage, requestId: string, peers: Peers): Visit {
  return {
    requestId,
    url: request.url ?? "",
    // Few want to know.
    get address() {
      return peers.addressOf(request);
    },
  };
}
