/** Where requests come in: reads of manifests and blobs, nearly all there are, go straight to the dispatch; the rest goes by Express. */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Runtime } from "../runtime.ts";
import type { Dispatch } from "./dispatch.ts";
import type { Peers } from "./peers.ts";
import { type Answer, type Observer, Visit } from "./visit.ts";

export interface FrontServices {
  readonly dispatch: Dispatch;
  /** Everything else, and what is not for us at all. */
  readonly app: RequestListener;
  readonly observers: readonly Observer[];
  readonly peers: Peers;
  readonly runtime: Pick<Runtime, "randomUUID">;
}

export interface FrontOptions {
  /** Of all paths: "/" or "/path/". */
  readonly prefix: string;
  /** Added to every answer. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
}

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

export function createFront(services: FrontServices, { prefix, headers }: FrontOptions): RequestListener {
  const { dispatch, app, observers, peers, runtime } = services;
  const commonHeaders = Object.entries(headers).map(([name, values]) => [name.toLowerCase(), values] as const);

  function arrive(request: IncomingMessage, response: ServerResponse): Answer {
    if (!request.url?.startsWith("/")) toOriginForm(request);
    const given = request.headers["x-request-id"];
    const requestId = typeof given === "string" && REQUEST_ID.test(given) ? given : runtime.randomUUID();
    const answer = Object.assign(response, { locals: new Visit(request, { requestId, commonHeaders, peers }) });
    for (const observe of observers) observe(request, answer);
    return answer;
  }

  /** When all requests of this turn of the event loop have come in: what they share is read once, and who waits is woken once. */
  function answerSoon(request: IncomingMessage, answer: Answer, target: string): void {
    if (!answer.destroyed) void dispatch(request, answer, target);
  }

  return (request, response) => {
    const answer = arrive(request, response);
    const { method, url = "" } = request;
    if ((method === "GET" || method === "HEAD") && isOfContent(url, prefix)) {
      setImmediate(answerSoon, request, answer, url.slice(prefix.length - 1));
    } else {
      // Some answers are Express' own.
      answer.setHeader("x-request-id", answer.locals.requestId);
      for (const [name, values] of commonHeaders) answer.setHeader(name, values);
      app(request, response);
    }
  };
}

/** RFC 9112 section 3.2.2: a target may be a whole URL, as proxies get it, and then its host is the one that counts. */
function toOriginForm(request: IncomingMessage): void {
  const [, host, target] = /^https?:\/\/([^/?#@]+)(.*)$/i.exec(request.url ?? "") ?? [];
  if (host === undefined) return;
  request.headers.host = host;
  request.url = target?.startsWith("/") ? target : `/${target}`;
}

/** A manifest or a blob, by the look of it. What the dispatch says to the others would be the same, so a guess is good enough. */
function isOfContent(url: string, prefix: string): boolean {
  return url.startsWith("v2/", prefix.length) && url.startsWith(prefix) && /\/(?:manifests|blobs)\//.test(url);
}
