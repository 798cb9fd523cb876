/** Requests that are not all the same, on connections that stay open. Cheap: nothing of it should be the bottleneck. */
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import type { Running } from "../peers/running.ts";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

export interface Demand {
  readonly method: string;
  readonly path: string;
  readonly expected: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body;
}

/** In pieces, so that a large one need not be in memory at once. */
export interface Body {
  readonly size: number;
  pieces(): Iterable<Buffer>;
}

export interface Client {
  /** Rejects on any other status than the expected one. The answer's body is read and dropped. */
  ask(demand: Demand): Promise<Answer>;
  /** Reads a blob, from the store if the client is sent there. Rejects unless it has that many bytes. */
  pull(path: string, size: number): Promise<void>;
  close(): void;
}

export function createClient({ url, headers: own }: Pick<Running, "url" | "headers">): Client {
  const agent = new Agent({ keepAlive: true });

  function open(target: URL, { method, headers, body }: Omit<Demand, "path" | "expected">): Promise<IncomingMessage> {
    const length = body ? { "content-length": String(body.size) } : {};
    // A signed URL of the store needs no headers, and may not like any.
    const sent = { ...(target.origin === url ? own : {}), ...length, ...headers };
    return new Promise((resolve, reject) => {
      const outgoing = request(target, { method, agent, headers: sent }, resolve).once("error", reject);
      if (body) send(outgoing, body);
      else outgoing.end();
    });
  }

  async function ask({ path, expected, ...demand }: Demand): Promise<Answer> {
    const incoming = await open(new URL(path, url), demand);
    const { statusCode: status = 0, headers } = incoming;
    if (status !== expected)
      throw new Error(`${demand.method} ${url}${path}: ${status} ${Buffer.concat(await incoming.toArray())}`);
    await drain(incoming);
    return { status, headers };
  }

  async function pull(path: string, size: number): Promise<void> {
    let incoming = await open(new URL(path, url), { method: "GET" });
    if (incoming.statusCode === 307) {
      const { location = "" } = incoming.headers;
      await drain(incoming);
      incoming = await open(new URL(location, url), { method: "GET" });
    }
    const received = await drain(incoming);
    if (incoming.statusCode !== 200 || received !== size)
      throw new Error(`GET ${url}${path}: ${incoming.statusCode} with ${received} bytes`);
  }

  return { ask, pull, close: () => agent.destroy() };
}

/** How many bytes there were. */
function drain(incoming: IncomingMessage): Promise<number> {
  let received = 0;
  return new Promise((resolve, reject) => {
    incoming.on("data", (chunk: Buffer) => {
      received += chunk.length;
    });
    incoming.once("end", () => resolve(received)).once("error", reject);
  });
}

function send(outgoing: NodeJS.WritableStream, body: Body): void {
  const pieces = body.pieces()[Symbol.iterator]();
  const more = () => {
    for (let next = pieces.next(); !next.done; next = pieces.next())
      if (!outgoing.write(next.value)) return void outgoing.once("drain", more);
    outgoing.end();
  };
  more();
}
