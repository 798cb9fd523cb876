/** A request, read and taken apart. */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";

export interface Call {
  readonly method: string;
  /** As it was on the wire, still encoded. */
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  /** So many bytes of the body, and then the connection is gone. */
  readonly breakAfter?: number;
}

export async function readCall(request: IncomingMessage): Promise<Call> {
  const [path = "/", search = ""] = (request.url ?? "/").split(/\?(.*)/s);
  const query = new Map<string, string>();
  for (const pair of search.split("&").filter(Boolean)) {
    const [name = "", value = ""] = pair.split(/=(.*)/s).map((part) => decodeURIComponent(part.replaceAll("+", " ")));
    query.set(name, value);
  }
  return { method: request.method ?? "", path, query, headers: request.headers, body: await buffer(request) };
}

export function header({ headers }: Call, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(",") : value;
}
