/** Who is at the other end of a request, and by which name it called: X-Forwarded-* counts where a trusted proxy says it. */
import type { IncomingMessage } from "node:http";
import proxyaddr from "proxy-addr";
import type { CertifiedNames } from "./certified-name.ts";

export interface Peers {
  /** Empty when the connection is gone already. */
  addressOf(request: IncomingMessage): string;
  /** Scheme and host that the client used. */
  originOf(request: IncomingMessage): string;
  /** Whether a trusted proxy says that it takes X-Accel-Redirect for a body. */
  readsFiles(request: IncomingMessage): boolean;
  /** By the certificate that the client itself has shown, at the other end of this connection. */
  readonly certifiedNameOf: CertifiedNames;
}

type ProxyHeader = "x-forwarded-proto" | "x-forwarded-host" | "x-sendfile-type";

/** `trusted`: CIDR blocks, addresses, or names such as loopback. Without `certifiedNameOf`, certificates are nobody's name. */
export function createPeers(trusted: readonly string[], certifiedNameOf: CertifiedNames = () => undefined): Peers {
  const trusts = proxyaddr.compile([...trusted]);
  const directAddress = ({ socket }: IncomingMessage): string => socket.remoteAddress ?? "";

  /** Where several proxies have written, the first of them has seen the client. */
  function forwarded(request: IncomingMessage, header: ProxyHeader): string | undefined {
    const value = request.headers[header];
    if (value === undefined || !trusts(directAddress(request), 0)) return undefined;
    return String(value).split(",", 1)[0]?.trim() || undefined;
  }

  return {
    certifiedNameOf,
    addressOf: trusted.length === 0 ? directAddress : (request) => proxyaddr(request, trusts) ?? "",
    originOf(request) {
      const scheme = "encrypted" in request.socket && request.socket.encrypted ? "https" : "http";
      const host = forwarded(request, "x-forwarded-host") ?? request.headers.host ?? "";
      return `${forwarded(request, "x-forwarded-proto") ?? scheme}://${host}`;
    },
    readsFiles: (request) => forwarded(request, "x-sendfile-type") === "X-Accel-Redirect",
  };
}
