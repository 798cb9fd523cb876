/** What can be counted, under distribution's names where it has one, so that its dashboards go on working. */
import cluster from "node:cluster";
import {
  AggregatorRegistry,
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  Registry as MetricsRegistry,
} from "prom-client";
import type { Answer, Observer } from "./http/visit.ts";
import { InFlight } from "./in-flight.ts";

export interface Metrics {
  /** Sees each request. Labels it when it is over, by what the route table has put into `response.locals.handler`. */
  readonly observeRequests: Observer;
  observeStorage(call: StorageCall): void;
  /** For metrics of others. */
  readonly registry: MetricsRegistry;
}

export interface StorageCall {
  readonly driver: string;
  readonly action: string;
  /** `ok`, or the kind of error. */
  readonly outcome: string;
  readonly seconds: number;
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60, 300];
/** 1 KiB to 4 GiB. */
const BYTES = Array.from({ length: 12 }, (_, power) => 1024 * 4 ** power);

/** What a scraper gets. */
export interface MetricsPage {
  readonly contentType: string;
  metrics(): Promise<string>;
}

/** Of all the processes that this one has started, each counted in. */
export function metricsOfAll(): { readonly registry: MetricsPage } {
  const all = new AggregatorRegistry();
  return { registry: { contentType: all.contentType, metrics: () => all.clusterMetrics() } };
}

/** When the process that started this one asks. */
function answerForAll(registry: MetricsRegistry): void {
  AggregatorRegistry.setRegistries([registry]);
  // It is the constructor that listens.
  new AggregatorRegistry();
}

export function createMetrics(): Metrics {
  const registry = new MetricsRegistry();
  if (cluster.isWorker) answerForAll(registry);
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const storage = new Histogram({
    name: "registry_storage_action_seconds",
    help: "The time that calls of the store take",
    labelNames: ["driver", "action"],
    registers,
  });
  const failures = new Counter({
    name: "registry_storage_failures_total",
    help: "Calls of the store that failed; something that is not there counts as well",
    labelNames: ["driver", "action", "kind"],
    registers,
  });
  return {
    registry,
    observeRequests: createRequestObserver(registers),
    observeStorage({ driver, action, outcome, seconds }) {
      storage.observe({ driver, action }, seconds);
      if (outcome !== "ok") failures.inc({ driver, action, kind: outcome });
    },
  };
}

function createRequestObserver(registers: MetricsRegistry[]): Observer {
  const inFlight = new InFlight<Answer>();
  new Gauge({
    name: "registry_http_in_flight_requests",
    help: "Requests that are being answered",
    labelNames: ["handler"],
    registers,
    // The route table is asked later than this observer, so the label is looked up when somebody wants to know.
    collect() {
      this.reset();
      for (const response of inFlight) this.inc({ handler: handlerOf(response) });
    },
  });
  const total = new Counter({
    name: "registry_http_requests_total",
    help: "Requests answered",
    labelNames: ["handler", "method", "code"],
    registers,
  });
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name: `registry_http_${name}`, help, labelNames: ["handler", "method"], buckets, registers });
  const duration = histogram("request_duration_seconds", "The time from a request to the end of its answer", SECONDS);
  const requestSize = histogram("request_size_bytes", "Bytes of the bodies of requests", BYTES);
  const responseSize = histogram("response_size_bytes", "Bytes of answers", BYTES);

  return (request, response) => {
    const startedAt = performance.now();
    const { socket } = request;
    const { bytesRead, bytesWritten } = socket;
    const end = inFlight.begin(response);
    response.once("close", () => {
      end();
      const labels = { handler: handlerOf(response), method: (request.method ?? "").toLowerCase() };
      total.inc({ ...labels, code: response.headersSent ? response.statusCode : 499 });
      duration.observe(labels, (performance.now() - startedAt) / 1000);
      requestSize.observe(labels, Number(request.headers["content-length"] ?? socket.bytesRead - bytesRead));
      responseSize.observe(labels, socket.bytesWritten - bytesWritten);
    });
  };
}

const handlerOf = (response: Answer): string => response.locals.handler ?? "other";
