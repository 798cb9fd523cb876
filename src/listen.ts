/** Opens a port or a socket, or says in a sentence why that did not work. */
import { lstat, unlink } from "node:fs/promises";
import type { Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { formatAddress, type ListenAddress } from "./config/address.ts";
import { ExplainedError } from "./explained-error.ts";

const CONNECTIONS_WAITING = 1024;

/** `setting` is what the user would change, such as `http.addr`. Resolves to the address, with the port that was given. */
export async function listen(server: Server, address: ListenAddress, setting: string): Promise<ListenAddress> {
  if (address.kind === "unix") await removeStaleSocket(address.path);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  const where = address.kind === "unix" ? { path: address.path } : { host: address.host, port: address.port };
  server.listen({ ...where, backlog: CONNECTIONS_WAITING }, resolve);
  try {
    await promise;
  } catch (error) {
    throw new ExplainedError(explain(error as NodeJS.ErrnoException, address, setting), { cause: error });
  } finally {
    server.off("error", reject);
  }
  return address.kind === "unix" ? address : { ...address, port: (server.address() as AddressInfo).port };
}

function explain({ code, message }: NodeJS.ErrnoException, address: ListenAddress, setting: string): string {
  const problem = `cannot listen on ${formatAddress(address)}`;
  const remedy = `set ${setting} (REGISTRY_${setting.toUpperCase().replaceAll(".", "_")})`;
  switch (code) {
    case "EADDRINUSE":
      return `${problem}: another program does. Stop it, or ${remedy} to another address.${airPlay(address)}`;
    case "EACCES":
      return `${problem}: this user may not. ${remedyForDenied(address, remedy)}`;
    case "EADDRNOTAVAIL":
      return `${problem}: this machine does not have that address. ${capital(remedy)} to one that it has.`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `${problem}: there is no host of that name. ${capital(remedy)} to an address of this machine.`;
    case "ENOENT":
      return `${problem}: its directory does not exist. Make it, or ${remedy} to another path.`;
    default:
      return `${problem} (${message}). ${capital(remedy)} to another address.`;
  }
}

const capital = (sentence: string): string => sentence.charAt(0).toUpperCase() + sentence.slice(1);

const remedyForDenied = (address: ListenAddress, remedy: string): string =>
  address.kind === "tcp"
    ? `${capital(remedy)} to a port above 1023, or grant CAP_NET_BIND_SERVICE.`
    : `${capital(remedy)} to a path where it may create files.`;

function airPlay(address: ListenAddress): string {
  if (process.platform !== "darwin" || address.kind !== "tcp" || address.port !== 5000) return "";
  return " On macOS it is often the AirPlay Receiver: System Settings, General, AirDrop & Handoff.";
}

/** A process that was killed leaves its socket behind. One that answers is left alone. */
async function removeStaleSocket(path: string): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (!found) return;
  if (!found.isSocket()) throw new ExplainedError(`cannot listen on ${path}: there is a file, and it is not a socket.`);
  if (!(await isAnswered(path))) await unlink(path);
}

function isAnswered(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  socket.once("connect", () => resolve(true));
  socket.once("error", () => resolve(false));
  return promise.finally(() => socket.destroy());
}
