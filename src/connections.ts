/** The connections of a server, and how to part with them: whatever is being answered is answered first. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { InFlight } from "./in-flight.ts";
import type { Runtime } from "./runtime.ts";

export interface Connections {
  /** From now on, every answer asks its client to connect anew. Requests are still taken. */
  announceClose(): void;
  /** Takes no more connections, and resolves once the last one is gone. How many answers had to be cut off after that time? */
  close(options: { readonly timeoutMilliseconds: number; readonly signal?: AbortSignal }): Promise<{ cutOff: number }>;
  /** Whether an answer has begun on this connection and is not over. */
  isAnswering(socket: Socket): boolean;
  /** Whether this connection is over TLS, and its handshake over. */
  isSecured(socket: Socket): boolean;
  /** What lies under a connection whose handshake has failed. `undefined`: it is gone. */
  underlying(socket: TLSSocket): Socket | undefined;
}

export function trackConnections(server: Server, runtime: Runtime): Connections {
  const sockets = new Map<string, Socket>();
  /** Those over TLS, once their handshake is over. */
  const secured = new Map<string, TLSSocket>();
  const responses = new InFlight<ServerResponse>();
  let isClosing = false;

  const isTls = "setSecureContext" in server;
  server.on("connection", (socket: Socket) => keep(sockets, socket));
  server.on("secureConnection", (socket: TLSSocket) => keep(secured, socket));
  server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    const end = responses.begin(response);
    if (isClosing) response.setHeader("connection", "close");
    response.once("close", () => {
      end();
      // Its headers promised to keep the connection, before we knew.
      if (isClosing) socket.end();
    });
  });

  function announceClose(): void {
    isClosing = true;
    for (const response of responses) if (!response.headersSent) response.setHeader("connection", "close");
  }

  return {
    announceClose,
    async close({ timeoutMilliseconds, signal }) {
      announceClose();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // To Node, a connection that has not said anything yet is not idle.
      for (const [peer, socket] of sockets) {
        const speaker = isTls ? secured.get(peer) : socket;
        if (speaker === undefined || speaker.bytesRead === 0) socket.destroy();
      }
      const isOver = await Promise.race([closed.then(() => true), timer(runtime, timeoutMilliseconds, signal)]);
      const cutOff = responses.size;
      if (isOver) return { cutOff: 0 };
      server.closeAllConnections();
      await closed;
      return { cutOff };
    },
    isSecured: (socket) => secured.get(peerOf(socket)) === socket,
    underlying: (socket) => sockets.get(peerOf(socket)),
    isAnswering: (socket) => [...responses].some((response) => response.socket === socket && response.headersSent),
  };
}

let nameless = 0;

/** Tells connections apart, and is the same for the two sockets that one over TLS has. Those of Unix sockets have no such name. */
const peerOf = ({ remoteAddress, remotePort }: Socket): string =>
  remotePort === undefined ? `${nameless++}` : `${remoteAddress} ${remotePort}`;

function keep<S extends Socket>(sockets: Map<string, S>, socket: S): void {
  const peer = peerOf(socket);
  sockets.set(peer, socket);
  socket.once("close", () => {
    if (sockets.get(peer) === socket) sockets.delete(peer);
  });
}

/** `false`, when the time is up or the signal aborts. */
async function timer(runtime: Runtime, milliseconds: number, signal: AbortSignal | undefined): Promise<false> {
  try {
    await runtime.sleep(milliseconds, { signal });
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
  return false;
}
