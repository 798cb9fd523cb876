/**
 * Ends an exchange whose client has stopped: it owes bytes of its request, or does not take those of the answer. Time that we
 * or the store need does not count against the client.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

export interface StallGuardOptions {
  /** 0: never. */
  readonly timeoutMilliseconds: number;
  readonly onStall: (request: IncomingMessage) => void;
}

/** Whose turn it is can change without a byte moving, so it is looked at several times before the time is up. */
const LOOKS = 4;

export function guardAgainstStalls(server: Server, { timeoutMilliseconds, onStall }: StallGuardOptions): void {
  if (timeoutMilliseconds === 0) return;
  const tick = Math.ceil(timeoutMilliseconds / LOOKS);

  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const writtenBefore = socket.bytesWritten;
    let seen = progressOf(socket);
    let lookedAt = performance.now();
    let stoppedSince = lookedAt;

    // Node's timer starts anew with every byte, in either direction, and after the answer it is the one of keep-alive.
    socket.setTimeout(tick);
    response.on("timeout", () => {
      const now = performance.now();
      const progress = progressOf(socket);
      // A large write that is taken slowly shows only in that this timer came late.
      const moved = progress !== seen || now - lookedAt > 1.5 * tick;
      if (!isClientsTurn(request, response, writtenBefore)) stoppedSince = now;
      else if (moved) stoppedSince = now - tick;
      seen = progress;
      lookedAt = now;
      if (now - stoppedSince < timeoutMilliseconds) {
        socket.setTimeout(tick);
        return;
      }
      onStall(request);
      socket.destroy();
    });
  });
}

const progressOf = ({ bytesRead, bytesWritten, writableLength }: Socket): string =>
  `${bytesRead} ${bytesWritten} ${writableLength}`;

function isClientsTurn(request: IncomingMessage, response: ServerResponse, writtenBefore: number): boolean {
  if (response.writableLength > 0) return true;
  // With a full buffer, it is we who do not read on.
  const hasRoom = request.readableLength < request.readableHighWaterMark;
  // A client that asks first waits for our 100.
  const isInvited = request.headers.expect === undefined || request.socket.bytesWritten > writtenBefore;
  return !request.complete && hasRoom && isInvited;
}
