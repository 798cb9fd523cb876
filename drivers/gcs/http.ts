/**
 * Requests to Cloud Storage. The vendor's library finds credentials and signs; but its calls cannot be given up, want a body
 * in one piece, and cost several times as much.
 */
import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { text } from "node:stream/consumers";
import type { Agents } from "../agents.ts";
import { AnswerError } from "./answer-error.ts";

export interface Connection {
  readonly endpoint: URL;
  readonly agents: Agents;
  readonly userAgent: string;
  /** The headers that show who asks. */
  authorize(): Promise<Readonly<Record<string, string>>>;
}

export interface Call {
  readonly method: "GET" | "POST" | "DELETE";
  /** Encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Body | undefined;
}

export interface Body {
  readonly type: string;
  readonly size: number;
  readonly pieces: readonly Uint8Array[];
}

/** Resolves with a good answer, whose body is yet to be read. */
export async function send(
  connection: Connection,
  call: Call,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  const authorization = await untilAborted(connection.authorize(), signal);
  const answer = await request(connection, call, authorization, signal);
  const { statusCode = 0, headers } = answer;
  if (statusCode >= 200 && statusCode < 300) return answer;
  throw new AnswerError(statusCode, headers["content-type"] ?? "", await text(answer));
}

export async function sendForJson<T>(connection: Connection, call: Call, signal: AbortSignal | undefined): Promise<T> {
  const answer = await text(await send(connection, call, signal));
  return answer === "" ? (undefined as T) : JSON.parse(answer);
}

export function jsonBody(value: unknown): Body {
  const bytes = Buffer.from(JSON.stringify(value));
  return { type: "application/json", size: bytes.length, pieces: [bytes] };
}

function request(
  { endpoint, agents, userAgent }: Connection,
  { method, path, query = {}, headers, body }: Call,
  authorization: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  const isSecure = endpoint.protocol === "https:";
  const options = {
    method,
    hostname: endpoint.hostname.replace(/^\[|\]$/g, ""),
    port: endpoint.port,
    path: path + queryOf(query),
    agent: isSecure ? agents.https : agents.http,
    headers: {
      ...authorization,
      ...headers,
      "user-agent": userAgent,
      ...(body ? { "content-type": body.type } : {}),
      ...(method === "GET" ? {} : { "content-length": body?.size ?? 0 }),
    },
    ...(signal && { signal }),
  };
  return new Promise((resolve, reject) => {
    const outgoing = (isSecure ? https : http).request(options, resolve).on("error", reject);
    for (const piece of body?.pieces ?? []) outgoing.write(piece);
    outgoing.end();
  });
}

function queryOf(query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}

/** For what knows no signals. It goes on, for whoever waits for it too. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await work;
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
