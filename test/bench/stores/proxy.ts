/**
 * Between a registry and its store: counts calls, and adds the round trip of a network. It knows just enough of HTTP for that,
 * so that it costs little beside the two: a client that does not pipeline begins a request when it has read the answer to
 * the one before, so a request begins where the direction of the bytes turns. A process of its own; `startProxy` talks to it.
 */

import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

export type Order = { readonly kind: "delay"; readonly milliseconds: number } | { readonly kind: "count" };
export type Report =
  | { readonly kind: "listening"; readonly port: number }
  | { readonly kind: "counted"; readonly calls: number };

const REQUEST = /^[A-Z]+ [^ ]+ HTTP\/1\.1\r\n/;

let delayMilliseconds = 0;
let calls = 0;

function serve(client: Socket, store: { readonly host: string; readonly port: number }): void {
  const upstream = connect({ ...store, noDelay: true });
  client.setNoDelay(true);
  let isAnswering = true;
  let isHeld = false;

  const pass = (chunk: Buffer) => {
    if (!upstream.write(chunk)) client.pause();
  };
  client.on("data", (chunk: Buffer) => {
    const line = isAnswering ? REQUEST.exec(chunk.toString("latin1", 0, 2000))?.[0] : undefined;
    if (line === undefined) return pass(chunk);
    isAnswering = false;
    // What a client reads with a URL that the registry signed costs the registry nothing.
    if (!line.includes("X-Amz-Signature=")) calls += 1;
    if (delayMilliseconds === 0) return pass(chunk);
    isHeld = true;
    client.pause();
    setTimeout(() => {
      isHeld = false;
      client.resume();
      pass(chunk);
    }, delayMilliseconds);
  });
  upstream.on("drain", () => {
    if (!isHeld) client.resume();
  });
  upstream.on("data", (chunk: Buffer) => {
    isAnswering = true;
    if (!client.write(chunk)) upstream.pause();
  });
  client.on("drain", () => upstream.resume());
  for (const [socket, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    socket.on("end", () => other.end());
    socket.on("error", () => other.destroy());
    // Not before it has sent what it was given.
    socket.on("close", () => other.destroySoon());
  }
}

const tell = (report: Report): void => void process.send?.(report);

const target = new URL(process.argv[2] ?? "");
const server = createServer({ allowHalfOpen: true }, (client) =>
  serve(client, { host: target.hostname, port: Number(target.port) }),
);
server.listen(0, "127.0.0.1", () => tell({ kind: "listening", port: (server.address() as AddressInfo).port }));
process.on("message", (order: Order) => {
  if (order.kind === "delay") delayMilliseconds = order.milliseconds;
  else tell({ kind: "counted", calls });
});
process.on("disconnect", () => process.exit());
