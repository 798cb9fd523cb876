/**
 * Parting with a client that is still sending. To close at once would reset the connection, and a reset overtakes the answer:
 * the client would see a broken pipe where we said what is wrong. RFC 9112, section 9.6.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";

/** Long enough for an answer to arrive and be understood; no time to send much. */
const LINGER_MILLISECONDS = 5000;

/** To be called before the server has a handler: that one may answer at once. */
export function lingerBeforeClosing(server: Server): void {
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    response.once("prefinish", () => {
      if (request.complete) return;
      const { socket } = request;
      // This is how Node closes after its last answer. Instead: ours is said, and what still comes is read away.
      socket.destroySoon = () => {
        socket.end();
        request.resume();
        const timer = setTimeout(() => socket.destroy(), LINGER_MILLISECONDS);
        socket.once("close", () => clearTimeout(timer));
      };
    });
  });
}
