/** A server between a driver and its store, which passes everything on but for what a test wants to happen. */
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** What happens instead of, or to, the store's answer. */
export type Meddling =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: OutgoingHttpHeaders | undefined;
      readonly body?: string | undefined;
    }
  /** The answer breaks off after that many bytes of its body. */
  | { readonly kind: "cut"; readonly after: number }
  /** The body is another, and its length fits, or is `announced` to be so many bytes more. */
  | { readonly kind: "rewrite"; readonly to: (body: string) => string; readonly announced?: number | undefined }
  /** The request reaches the store, the answer does not come back. */
  | { readonly kind: "lose" }
  | { readonly kind: "reset" }
  | { readonly kind: "hang" };

export type Meddle = (request: IncomingMessage) => Meddling | undefined | Promise<Meddling | undefined>;

export interface Meddler {
  readonly url: string;
  /** How many requests came. */
  readonly requests: number;
  /** From now on. */
  meddle(with_: Meddle | undefined): void;
  stop(): Promise<void>;
}

export async function startMeddler(target: string, initially?: Meddle): Promise<Meddler> {
  let meddle = initially;
  let requests = 0;
  const server = createServer(async (incoming, response) => {
    requests += 1;
    incoming.pause();
    const meddling = await meddle?.(incoming);
    if (meddling?.kind === "answer") answer(incoming, response, meddling);
    else if (meddling?.kind === "reset") incoming.socket.destroy();
    else if (meddling?.kind !== "hang") passOn(new URL(target), incoming, response, meddling);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return requests;
    },
    meddle(with_) {
      meddle = with_;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Answer = Extract<Meddling, { kind: "answer" }>;

function answer(incoming: IncomingMessage, response: ServerResponse, { status, headers, body = "" }: Answer): void {
  incoming.resume();
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
  response.end(incoming.method === "HEAD" ? undefined : body);
}

type Disturbance = Exclude<Meddling, { kind: "answer" | "reset" | "hang" }>;

/** The host is kept as the client wrote it: some sign it. */
function passOn(
  target: URL,
  incoming: IncomingMessage,
  response: ServerResponse,
  disturbance: Disturbance | undefined,
): void {
  const { hostname, port } = target;
  const { method, url: path, headers } = incoming;
  const outgoing = request({ hostname, port, method, path, headers }, (answered) => {
    if (disturbance?.kind === "lose") {
      answered.resume().once("end", () => incoming.socket.destroy());
      return;
    }
    if (disturbance?.kind === "rewrite") return void rewrite(answered, response, disturbance);
    response.writeHead(answered.statusCode ?? 502, answered.rawHeaders);
    if (disturbance?.kind === "cut") cut(answered, response, disturbance.after);
    else answered.pipe(response);
    answered.once("error", () => response.destroy());
  });
  outgoing.once("error", () => response.destroy());
  response.once("close", () => outgoing.destroy());
  incoming.pipe(outgoing);
}

type Rewriting = Extract<Meddling, { kind: "rewrite" }>;

async function rewrite(answered: IncomingMessage, response: ServerResponse, { to, announced = 0 }: Rewriting) {
  const body = to(await text(answered));
  const length = Buffer.byteLength(body) + announced;
  response.writeHead(answered.statusCode ?? 502, { ...answered.headers, "content-length": length });
  // Who waits for more than there is learns that nothing will come.
  response.write(body, () => (announced > 0 ? response.destroy() : response.end()));
}

function cut(answered: IncomingMessage, response: ServerResponse, after: number): void {
  let left = after;
  answered.on("data", (chunk: Buffer) => {
    if (response.destroyed) return;
    const piece = chunk.subarray(0, left);
    left -= piece.length;
    response.write(piece, () => {
      if (left === 0) response.destroy();
    });
  });
}
