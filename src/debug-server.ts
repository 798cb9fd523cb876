/** A second port, for those who run the registry: metrics, and whether it works. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { ListenAddress } from "./config/address.ts";
import { listen } from "./listen.ts";
import type { MetricsPage } from "./metrics.ts";
import type { Readiness } from "./readiness.ts";
import type { Redaction } from "./redaction.ts";
import type { Runtime } from "./runtime.ts";

export interface DebugServices {
  readonly readiness: Readiness;
  readonly metrics: { readonly registry: MetricsPage };
  readonly runtime: Runtime;
  readonly redact: Redaction;
  /** Rejects when the store does not answer. */
  readonly checkStore: () => Promise<void>;
}

export interface DebugOptions {
  readonly address: ListenAddress;
  /** `undefined`: metrics are not served. */
  readonly metricsPath: string | undefined;
}

export interface RunningDebugServer {
  readonly address: ListenAddress;
  close(): Promise<void>;
}

const STORE_PATIENCE = 5000;

export async function startDebugServer(services: DebugServices, options: DebugOptions): Promise<RunningDebugServer> {
  const server = createServer((request, response) => {
    answer(request, response, services, options).catch((error: Error) => response.destroy(error));
  });
  const address = await listen(server, options.address, "http.debug.addr");
  return {
    address,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  services: DebugServices,
  { metricsPath }: DebugOptions,
): Promise<void> {
  const path = request.url?.split("?", 1)[0];
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { allow: "GET, HEAD" }).end();
  } else if (path === "/debug/health") {
    const ailments = await findAilments(services);
    const status = Object.keys(ailments).length === 0 ? 200 : 503;
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(ailments));
  } else if (metricsPath !== undefined && path === metricsPath) {
    const { registry } = services.metrics;
    response.writeHead(200, { "content-type": registry.contentType }).end(await registry.metrics());
  } else {
    response.writeHead(404, { "content-type": "text/plain" }).end("not found\n");
  }
}

/** By name, as distribution answers: empty when all is well. */
async function findAilments(services: DebugServices): Promise<Readonly<Record<string, string>>> {
  const { readiness, runtime, redact, checkStore } = services;
  const ailments: Record<string, string> = {};
  if (readiness.state !== "ready") ailments.registry = `is ${readiness.state}`;
  const tooLate = async () => {
    await runtime.sleep(STORE_PATIENCE);
    throw new Error("does not answer");
  };
  try {
    await Promise.race([checkStore(), tooLate()]);
  } catch (error) {
    ailments.storage = redact(error instanceof Error ? error.message : String(error));
  }
  return ailments;
}
