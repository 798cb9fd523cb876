/** The listening socket of the API, and the patience it has. */
import { createServer, type ServerOptions as HttpOptions, type RequestListener, type Server } from "node:http";
import type { Socket } from "node:net";
import type { ListenAddress } from "./config/address.ts";
import { type Connections, trackConnections } from "./connections.ts";
import { lingerBeforeClosing } from "./lingering-close.ts";
import { listen } from "./listen.ts";
import { redactUrl } from "./redact-url.ts";
import type { Log, Runtime } from "./runtime.ts";
import { guardAgainstStalls } from "./stall-guard.ts";
import { createTlsServer, endFailedTls, type ServerTls, tlsRefusalOf } from "./tls-server.ts";

export interface ServerServices {
  readonly handler: RequestListener;
  readonly log: Log;
  readonly runtime: Runtime;
}

export interface ServerOptions {
  readonly address: ListenAddress;
  /** The setting that has the address. */
  readonly setting: string;
  /** Absent: plain HTTP. */
  readonly tls?: ServerTls | undefined;
  /** 0: never. */
  readonly stallTimeoutMilliseconds: number;
  readonly keepAliveTimeoutMilliseconds: number;
}

export interface RunningServer extends Pick<Connections, "announceClose" | "close"> {
  /** With the port that the system chose, where 0 was asked for. */
  readonly address: ListenAddress;
}

const HEADERS_TIMEOUT = 30_000;
const KEEP_ALIVE_PROBE_DELAY = 30_000;
/** Token servers grant many scopes at once, and the token is a header. */
const MAX_HEADER_BYTES = 32 * 1024;
const MAX_HEADERS = 200;

export async function startServer(
  { handler, log, runtime }: ServerServices,
  options: ServerOptions,
): Promise<RunningServer> {
  const { tls } = options;
  const settings: HttpOptions = {
    // A slow upload is not a dead one: the stall guard knows the difference, a limit on the whole request does not.
    requestTimeout: 0,
    headersTimeout: HEADERS_TIMEOUT,
    keepAliveTimeout: options.keepAliveTimeoutMilliseconds,
    maxHeaderSize: MAX_HEADER_BYTES,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_PROBE_DELAY,
  };
  const server: Server = tls ? createTlsServer(settings, tls) : createServer(settings);
  server.maxHeadersCount = MAX_HEADERS;
  const connections = trackConnections(server, runtime);
  guardAgainstStalls(server, {
    timeoutMilliseconds: options.stallTimeoutMilliseconds,
    onStall: ({ method, url = "", socket }) =>
      log.info({ method, path: redactUrl(url), remoteAddress: socket.remoteAddress }, "ended a stalled connection"),
  });
  answerBrokenRequests(server, connections, log);
  lingerBeforeClosing(server);
  server.on("request", (request, response) => {
    const refusal = tlsRefusalOf(request, tls);
    if (refusal === undefined) return void handler(request, response);
    log.info({ remoteAddress: request.socket.remoteAddress, reason: refusal }, "refused a client");
    response.writeHead(403, { ...ERROR_HEADERS, connection: "close" }).end(errorBody("DENIED", refusal));
  });
  // The handler invites the body when it wants it.
  server.on("checkContinue", (request, response) => server.emit("request", request, response));
  const address = await listen(server, options.address, options.setting);
  return { address, announceClose: connections.announceClose, close: connections.close };
}

const ERROR_HEADERS = {
  "Content-Type": "application/json; charset=utf-8",
  "Docker-Distribution-API-Version": "registry/2.0",
};

const errorBody = (code: "UNSUPPORTED" | "DENIED", message: string): string =>
  JSON.stringify({ errors: [{ code, message }] });

/** What Node's parser refuses, or has waited for too long. */
const BROKEN_REQUESTS: Readonly<Record<string, readonly [status: string, message: string]>> = {
  HPE_HEADER_OVERFLOW: ["431 Request Header Fields Too Large", `headers are at most ${MAX_HEADER_BYTES} bytes here`],
  ERR_HTTP_REQUEST_TIMEOUT: ["408 Request Timeout", "the request did not arrive in time"],
};
const UNREADABLE = ["400 Bad Request", "this is not a request that can be read"] as const;

const LINGER_MILLISECONDS = 2000;

function answerBrokenRequests(server: Server, connections: Connections, log: Log): void {
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    if (endFailedTls(error, socket, { connections, log })) return;
    if (error.code === "ECONNRESET" || !socket.writable || connections.isAnswering(socket)) {
      socket.destroy();
      return;
    }
    const [status, message] = BROKEN_REQUESTS[error.code ?? ""] ?? UNREADABLE;
    const body = errorBody("UNSUPPORTED", message);
    const head = [
      `HTTP/1.1 ${status}`,
      "Connection: close",
      ...Object.entries(ERROR_HEADERS).map(([name, value]) => `${name}: ${value}`),
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
    // Closing at once, while more of the request comes in, would take the answer away from the client.
    socket.setTimeout(LINGER_MILLISECONDS, () => socket.destroy());
  });
}
