/** Requests in pieces, over TLS or not, on a connection of their own or on one that is kept. */
import { type IncomingHttpHeaders, Agent as PlainAgent, type RequestOptions, request } from "node:http";
import { request as requestWithTls, Agent as TlsAgent } from "node:https";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Without a content-length it is sent in chunks. */
  readonly body?: Iterable<Uint8Array> | AsyncIterable<Uint8Array> | Uint8Array;
}

export interface Client {
  (target: string, asked?: Asked): Promise<Answer>;
  readonly url: string;
  close(): void;
}

export function createClient(url: string, { ca, keepAlive = true }: { ca?: string; keepAlive?: boolean } = {}): Client {
  const isTls = url.startsWith("https:");
  const agent = isTls ? new TlsAgent({ keepAlive, ...(ca && { ca }) }) : new PlainAgent({ keepAlive });

  const ask = (target: string, { method = "GET", headers = {}, body }: Asked = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const length = body instanceof Uint8Array ? { "content-length": String(body.length) } : {};
      const options: RequestOptions = { agent, method, headers: { ...length, ...headers } };
      // The proxy may call itself by another name than the one that leads to it here.
      const place = new URL(new URL(target, url).pathname + new URL(target, url).search, url);
      const asking = (isTls ? requestWithTls : request)(place, options, async (response) => {
        try {
          const chunks: Buffer[] = [];
          for await (const chunk of response) chunks.push(chunk);
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
        } catch (error) {
          reject(error);
        }
      });
      asking.on("error", reject);
      send(body, asking).catch(reject);
    });

  return Object.assign(ask, { url, close: () => agent.destroy() });
}

async function send(body: Asked["body"], to: ReturnType<typeof request>): Promise<void> {
  if (body instanceof Uint8Array || body === undefined) {
    to.end(body);
    return;
  }
  for await (const piece of body) {
    if (to.destroyed) return;
    if (!to.write(piece)) await drained(to);
  }
  to.end();
}

function drained(to: ReturnType<typeof request>): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      to.off("drain", done).off("close", done);
      resolve();
    };
    to.on("drain", done).on("close", done);
  });
}
