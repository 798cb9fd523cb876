/** One request and its answer, over Node's own client. Knows nothing of Swift. */
import http, { type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import https from "node:https";
import type { Agents } from "../agents.ts";
import { sizeOf } from "../bytes.ts";

export type HttpHeaders = Readonly<Record<string, string | undefined>>;

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE" | "COPY";
  readonly url: string;
  readonly headers: HttpHeaders;
  readonly body?: readonly Uint8Array[] | undefined;
  /** Milliseconds without a sign of life after which the store is given up. */
  readonly patience?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Must be read, drained or destroyed: until then it holds its socket. */
  readonly body: IncomingMessage;
}

const PATIENCE_MILLISECONDS = 60_000;

/** The store closes idle connections, and may do so just when one is used again: those may be several. */
const STALE_CONNECTIONS = 3;

export async function exchange(agents: Agents, request: HttpRequest): Promise<HttpAnswer> {
  for (let stale = 1; ; stale++) {
    try {
      return await attemptExchange(agents, request);
    } catch (error) {
      // All requests here may be repeated.
      if (!(error instanceof StaleConnection) || stale === STALE_CONNECTIONS) throw error;
    }
  }
}

class StaleConnection extends Error {
  readonly code = "ECONNRESET";
}

function attemptExchange(agents: Agents, { method, url, headers, body, patience, signal }: HttpRequest) {
  const [client, agent] = url.startsWith("https:") ? [https, agents.https] : [http, agents.http];
  return new Promise<HttpAnswer>((resolve, reject) => {
    signal?.throwIfAborted();
    const request = client.request(url, {
      method,
      agent,
      headers: { ...lengthOf(method, body), ...withoutGaps(headers) },
    });
    const onAbort = () => {
      if (isUnderWay(method, request)) return;
      reject(signal?.reason);
      request.destroy();
    };
    signal?.addEventListener("abort", onAbort);
    request.once("close", () => signal?.removeEventListener("abort", onAbort));
    request.once("response", (message) => {
      signal?.removeEventListener("abort", onAbort);
      resolve({ status: message.statusCode ?? 0, headers: message.headers, body: message });
    });
    request.on("error", (cause: NodeJS.ErrnoException) => {
      const stale = request.reusedSocket && ["ECONNRESET", "EPIPE"].includes(cause.code ?? "");
      reject(stale ? new StaleConnection("the connection was closed", { cause }) : cause);
    });
    giveUpAfter(request, patience ?? PATIENCE_MILLISECONDS);
    request.cork();
    for (const piece of body ?? []) request.write(piece);
    request.end();
  });
}

/**
 * What the store has received whole it will do, whoever hangs up. So its answer is waited for: nobody may take an object
 * for unwritten that appears a moment later.
 */
function isUnderWay(method: string, request: http.ClientRequest): boolean {
  return method !== "GET" && method !== "HEAD" && request.writableFinished;
}

function giveUpAfter(request: http.ClientRequest, milliseconds: number): void {
  let answer: IncomingMessage | undefined;
  request.once("response", (message) => {
    answer = message;
  });
  request.setTimeout(milliseconds, () => {
    // Bytes that wait here are not taken by whoever reads them: that is not the store's silence.
    if (answer && answer.readableLength > 0) return;
    const error = new Error(`no sign of life for ${milliseconds} ms`);
    request.destroy(Object.assign(error, { code: "ETIMEDOUT" }));
  });
}

/** Without it Node sends chunks, which not every identity service reads. */
function lengthOf(method: string, body: readonly Uint8Array[] = []): Record<string, string> {
  if (method === "GET" || method === "HEAD") return {};
  return { "content-length": String(sizeOf(body)) };
}

function withoutGaps(headers: HttpHeaders): Record<string, string> {
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) given[name] = value;
  return given;
}

export async function readText({ body }: HttpAnswer): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const START_BYTES = 8 * 1024;

/** Of a body that nobody knows the length of. */
export async function readStart({ body }: HttpAnswer): Promise<string> {
  let start = Buffer.alloc(0);
  for await (const chunk of body) {
    start = Buffer.concat([start, chunk]);
    if (start.length > START_BYTES) break;
  }
  return start.toString();
}

export async function readJson(answer: HttpAnswer): Promise<unknown> {
  return JSON.parse(await readText(answer));
}

export function drain({ body }: HttpAnswer): void {
  body.resume();
}

/** A header that comes once. */
export function header({ headers }: Pick<HttpAnswer, "headers">, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
