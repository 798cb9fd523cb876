/** A request as seen from outside, and what is found out about it on its way: for logs, metrics and the audit. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Peers } from "./peers.ts";

export interface VisitOptions extends Pick<Visit, "requestId" | "commonHeaders"> {
  readonly peers: Peers;
}

export class Visit {
  readonly requestId: string;
  /** For every answer that does not know better. Names are in lower case. */
  readonly commonHeaders: readonly (readonly [name: string, values: readonly string[]])[];
  /** As it came; may have secrets in its query. */
  readonly url: string;
  /** How metrics call the route. */
  handler: string | undefined = undefined;
  repository: string | undefined = undefined;
  reference: string | undefined = undefined;
  user: string | undefined = undefined;
  /** Those of the answer, once it has begun. */
  answered: OutgoingHttpHeaders | undefined = undefined;
  readonly #request: IncomingMessage;
  readonly #peers: Peers;

  constructor(request: IncomingMessage, { requestId, commonHeaders, peers }: VisitOptions) {
    this.requestId = requestId;
    this.commonHeaders = commonHeaders;
    this.url = request.url ?? "";
    this.#request = request;
    this.#peers = peers;
  }

  /**
   * The client's, as far as trusted proxies tell. Few want to know, so it is a getter. One in an object literal would cost a
   * third of a request: V8 makes a new shape for each such object, which keeps all that the getter sees until a full collection.
   */
  get address(): string {
    return this.#peers.addressOf(this.#request);
  }

  /** Whom its certificate names. */
  get certifiedName(): string | undefined {
    return this.#peers.certifiedNameOf(this.#request);
  }
}

/** Express calls the place `locals`, and leaves what is there. */
export interface Answer extends ServerResponse<IncomingMessage> {
  locals: Visit;
}

/** Of a response that was on its way through Express. */
export const asAnswer = (response: { readonly locals: object }): Answer => response as Answer;

/** Sees each request first, and may wait for the end of its answer. */
export type Observer = (request: IncomingMessage, response: Answer) => void;
