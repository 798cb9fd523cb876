/** The connections of a server, and how to part with them: whatever is being answered is answered first. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Runtime } from "./runtime.ts";

export interface Connections {
  /** From now on, every answer asks its client to connect anew. Requests are still taken. */
  announceClose(): void;
  /** Takes no more connections, and resolves once the last one is gone. How many answers had to be cut off after that time? */
  close(options: { readonly timeoutMilliseconds: number; readonly signal?: AbortSignal }): Promise<{ cutOff: number }>;
  /** Whether an answer has begun on this connection and is not over. */
  isAnswering(socket: Socket): boolean;
}

export function trackConnections(server: Server, runtime: Runtime): Connections {
  const sockets = new Set<Socket>();
  const responses = new Set<ServerResponse>();
  let isClosing = false;

  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    responses.add(response);
    if (isClosing) response.setHeader("connection", "close");
    response.once("close", () => {
      responses.delete(response);
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
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
      const isOver = await Promise.race([closed.then(() => true), timer(runtime, timeoutMilliseconds, signal)]);
      const cutOff = responses.size;
      if (isOver) return { cutOff: 0 };
      server.closeAllConnections();
      await closed;
      return { cutOff };
    },
    isAnswering: (socket) => [...responses].some((response) => response.socket === socket && response.headersSent),
  };
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
