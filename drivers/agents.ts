/** Connections to a store: kept, bounded, given up when they do not come about, and through the proxy that the environment names. */
import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";

/** As many requests at once to one host; the others wait for a socket. A download holds its socket until it ends. */
const MAX_SOCKETS = 256;
/** Idle sockets that are kept. */
const MAX_IDLE = 64;
const CONNECT_MILLISECONDS = 5_000;

export interface Agents {
  readonly http: http.Agent;
  readonly https: https.Agent;
}

export interface AgentOptions {
  /** Accepts any certificate. */
  readonly skipVerify?: boolean | undefined;
  readonly connectMilliseconds?: number | undefined;
}

export function createAgents({ skipVerify, connectMilliseconds = CONNECT_MILLISECONDS }: AgentOptions = {}): Agents {
  const options = { keepAlive: true, maxSockets: MAX_SOCKETS, maxFreeSockets: MAX_IDLE, proxyEnv: process.env };
  return {
    http: withConnectTimeout(new http.Agent(options), "connect", connectMilliseconds),
    https: withConnectTimeout(
      new https.Agent({ ...options, rejectUnauthorized: skipVerify !== true }),
      "secureConnect",
      connectMilliseconds,
    ),
  };
}

export function closeAgents(agents: Agents): void {
  agents.http.destroy();
  agents.https.destroy();
}

/** Without it the operating system decides, after minutes. */
function withConnectTimeout<A extends http.Agent>(agent: A, connected: string, milliseconds: number): A {
  const create = agent.createConnection;
  agent.createConnection = (...args) => {
    const socket = create.apply(agent, args) as Socket | undefined;
    if (!socket) return socket;
    const timer = setTimeout(() => {
      const error = new Error(`no connection after ${milliseconds} ms`);
      socket.destroy(Object.assign(error, { code: "ETIMEDOUT" }));
    }, milliseconds);
    const stop = () => clearTimeout(timer);
    socket.once(connected, stop).once("close", stop);
    return socket;
  };
  return agent;
}
