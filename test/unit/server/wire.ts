/** A server on a free port, and clients that speak to it byte by byte. */
import { once } from "node:events";
import type { RequestListener } from "node:http";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { connect as connectWithTls } from "node:tls";
import { formatAddress, type ListenAddress } from "../../../src/config/address.ts";
import { type Log, systemRuntime } from "../../../src/runtime.ts";
import { type RunningServer, type ServerOptions, startServer } from "../../../src/server.ts";
import type { ServerTls } from "../../../src/tls-server.ts";
import { issueCertificate } from "../../support/certificates.ts";

export interface Client {
  readonly socket: Socket;
  send(text: string): void;
  /** Resolves once that much matches; rejects when the connection ends before. */
  receive(pattern: RegExp): Promise<string>;
  /** Resolves to all that came, once the other side is done. */
  ended(): Promise<string>;
}

export interface LoggedLine {
  readonly level: keyof Log;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export function collectLog(): { readonly log: Log; readonly lines: LoggedLine[] } {
  const lines: LoggedLine[] = [];
  const at = (level: keyof Log) => (fields: object, message: string) => {
    lines.push({ level, fields: fields as LoggedLine["fields"], message });
  };
  return { lines, log: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") } };
}

export interface Started {
  readonly server: RunningServer;
  readonly lines: readonly LoggedLine[];
  connect(): Promise<Client>;
}

const { pem, keyPem } = issueCertificate({ name: "localhost", hosts: ["localhost", "127.0.0.1"] });
const TLS: ServerTls = {
  files: { current: { cert: pem, key: keyPem, ca: [] }, onChange() {} },
  clientAuth: undefined,
};

/** What clients may count on, whatever lies beneath HTTP. */
export function overEach(name: string, run: (t: TestContext, start: typeof startFor) => Promise<void>): void {
  test(`${name}, over TCP`, (t) => run(t, startFor));
  test(`${name}, over TLS`, (t) =>
    run(t, (child, handler, options) => startFor(child, handler, { tls: TLS, ...options })));
}

export async function startFor(
  t: TestContext,
  handler: RequestListener,
  options: Partial<ServerOptions> = {},
): Promise<Started> {
  const { log, lines } = collectLog();
  const server = await startServer(
    { handler, log, runtime: systemRuntime },
    {
      address: { kind: "tcp", host: "127.0.0.1", port: 0 },
      setting: "http.addr",
      stallTimeoutMilliseconds: 0,
      keepAliveTimeoutMilliseconds: 60_000,
      ...options,
    },
  );
  t.after(() => server.close({ timeoutMilliseconds: 0 }));
  return { server, lines, connect: () => open(server.address, options.tls !== undefined) };
}

export async function open(address: ListenAddress, isTls = false): Promise<Client> {
  const place = address.kind === "unix" ? { path: address.path } : { port: address.port, host: address.host };
  const socket = isTls ? connectWithTls({ ...place, ca: pem }) : connect(place);
  await once(socket, isTls ? "secureConnect" : "connect");
  let text = "";
  const { promise: end, resolve: onEnd } = Promise.withResolvers<void>();
  socket.setEncoding("latin1").on("data", (chunk) => {
    text += chunk;
  });
  socket.on("error", () => {});
  socket.on("close", () => onEnd());
  return {
    socket,
    send: (bytes) => void socket.write(bytes),
    async receive(pattern) {
      for (;;) {
        const found = pattern.exec(text);
        if (found) {
          text = text.slice(found.index + found[0].length);
          return found[0];
        }
        await Promise.race([once(socket, "data"), end]);
        if (socket.destroyed && !pattern.test(text)) throw new Error(`${formatAddress(address)} closed after: ${text}`);
      }
    },
    async ended() {
      await end;
      return text;
    },
  };
}

export const get = (path: string, headers = ""): string => `GET ${path} HTTP/1.1\r\nHost: test\r\n${headers}\r\n`;
