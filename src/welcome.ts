/** What somebody who has just started the registry wants to know. */
import { createHash } from "node:crypto";
import { formatAddress, type ListenAddress } from "./config/address.ts";
import type { LogOutput, ProcessLog } from "./log.ts";

export interface Welcome {
  readonly version: string;
  readonly address: ListenAddress;
  readonly scheme: "http" | "https";
  /** `http.host`, if clients know it by that. */
  readonly host: string | undefined;
  /** `filesystem ./data` */
  readonly storage: string;
  /** Who may do what. */
  readonly access: string;
  /** Replicas that share it show the same. */
  readonly secretFingerprint: string | undefined;
  readonly debugAddress: ListenAddress | undefined;
}

const EVERYWHERE = new Set([undefined, "0.0.0.0", "::", "127.0.0.1", "::1", "localhost"]);

/** A block for a person, a line for everybody else. */
export function welcome(
  facts: Welcome,
  log: ProcessLog,
  { stream, isTerminal }: LogOutput,
  format: "text" | "json",
): void {
  const { address, debugAddress, ...rest } = facts;
  const fields = {
    ...rest,
    address: formatAddress(address),
    debugAddress: debugAddress && formatAddress(debugAddress),
  };
  if (format === "text" && isTerminal) stream.write(formatBlock(facts));
  else log.info(fields, "listening");
}

/** Enough to compare, not enough to guess. */
export const fingerprintOf = (secret: string): string => createHash("sha256").update(secret).digest("hex").slice(0, 12);

function formatBlock(facts: Welcome): string {
  const { version, address, scheme, storage, access, secretFingerprint, debugAddress, host } = facts;
  const name = dialName(address, host);
  const url = host ?? (name && `${scheme}://${name}`);
  const rows: [string, string | undefined][] = [
    ["listening", url ? `${formatAddress(address)} (${url})` : formatAddress(address)],
    ["storage", storage],
    ["access", access],
    ["secret", secretFingerprint && `${secretFingerprint} (the same on all replicas?)`],
    ["debug", debugAddress && formatAddress(debugAddress)],
    ["try", name && `docker tag alpine ${name}/alpine && docker push ${name}/alpine`],
  ];
  const lines = rows.flatMap(([label, value]) => (value ? [`  ${label.padEnd(10)} ${value}`] : []));
  return `\n  Moorage ${version}\n\n${lines.join("\n")}\n\n`;
}

/** What to put in front of an image's name. */
function dialName(address: ListenAddress, host: string | undefined): string | undefined {
  if (host !== undefined) return new URL(host).host;
  if (address.kind === "unix") return undefined;
  return EVERYWHERE.has(address.host) ? `localhost:${address.port}` : formatAddress(address);
}
