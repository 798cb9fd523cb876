/** Where a server listens. */
import { isIPv6 } from "node:net";

export interface TcpAddress {
  readonly kind: "tcp";
  /** `undefined`: every interface. */
  readonly host: string | undefined;
  readonly port: number;
}

export interface UnixAddress {
  readonly kind: "unix";
  readonly path: string;
}

export type ListenAddress = TcpAddress | UnixAddress;

const ADDRESS = /^(?:\[(?<v6>[^[\]]+)\]|(?<host>[A-Za-z0-9._-]*)):(?<port>\d{1,5})$/;
const HIGHEST_PORT = 65_535;

export function parseTcpAddress(text: string): TcpAddress {
  const { v6, host, port } = ADDRESS.exec(text)?.groups ?? {};
  if (port === undefined || Number(port) > HIGHEST_PORT || (v6 !== undefined && !isIPv6(v6))) {
    throw new RangeError("write an address such as :5000, 127.0.0.1:5000 or [::1]:5000");
  }
  return { kind: "tcp", host: v6 ?? (host || undefined), port: Number(port) };
}

export function formatAddress(address: ListenAddress): string {
  if (address.kind === "unix") return address.path;
  const { host = "", port } = address;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
