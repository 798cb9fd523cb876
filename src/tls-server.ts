/** An HTTP server that speaks TLS: its certificates change without a connection being dropped. */
import type { IncomingMessage, ServerOptions, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { Socket } from "node:net";
import type { SecureContextOptions, TLSSocket } from "node:tls";
import { handshakeOptions, refusalOf } from "./client-certificates.ts";
import type { ClientAuth } from "./config/settings/tls.ts";
import type { Connections } from "./connections.ts";
import type { Log } from "./runtime.ts";
import type { TlsFiles } from "./tls-files.ts";

export interface ServerTls {
  readonly files: Pick<TlsFiles, "current" | "onChange">;
  readonly clientAuth: ClientAuth | undefined;
}

/** From the first byte to the last of the handshake, however slowly they come. */
const HANDSHAKE_TIMEOUT = 30_000;

export function createTlsServer(
  options: ServerOptions,
  { files, clientAuth }: ServerTls,
  handshakeTimeout = HANDSHAKE_TIMEOUT,
): Server {
  const server = createServer({ ...options, ...files.current, ...handshakeOptions(clientAuth), handshakeTimeout });
  let trusted = trustIn(files.current);
  const trustedThen = new WeakMap<Socket, string>();
  files.onChange((context) => {
    server.setSecureContext(context);
    trusted = trustIn(context);
  });
  server.on("secureConnection", (socket: TLSSocket) => trustedThen.set(socket, trusted));
  server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    // Its certificate was good by other authorities: the next request has to show it anew.
    if (trustedThen.get(socket) !== trusted) response.setHeader("connection", "close");
  });
  return server;
}

const trustIn = ({ ca }: SecureContextOptions): string => [ca ?? []].flat().map(String).join();

/** `undefined`: this request is to be answered. */
export const tlsRefusalOf = ({ socket }: IncomingMessage, tls: ServerTls | undefined): string | undefined =>
  tls && refusalOf(socket as TLSSocket, tls.clientAuth);

const PLAIN_REQUEST = "ERR_SSL_HTTP_REQUEST";

/** Deals with what is not HTTP's fault. `true`: with this one. */
export function endFailedTls(
  { code = "" }: NodeJS.ErrnoException,
  socket: Socket,
  { connections, log }: { readonly connections: Connections; readonly log: Log },
): boolean {
  if (!("authorizationError" in socket)) return false;
  const { remoteAddress, authorizationError } = socket as TLSSocket;
  if (code === PLAIN_REQUEST) {
    // As Go answers: whoever does not speak TLS can read this.
    const answer = "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
    connections.underlying(socket as TLSSocket)?.end(answer);
    return true;
  }
  const isHandshake = !connections.isSecured(socket);
  if (!isHandshake && !/^ERR_(SSL|TLS)_/.test(code)) return false;
  // Whoever has none is told by TLS; whoever has a bad one only sees the connection end.
  if (isHandshake && authorizationError) {
    log.info({ remoteAddress, reason: String(authorizationError) }, "refused the certificate of a client");
  } else {
    log.debug({ remoteAddress, code }, "a connection over TLS has failed");
  }
  socket.destroy();
  return true;
}
