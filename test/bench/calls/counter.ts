/** Counts what a registry asks of its store: every request of HTTP, on its way through a proxy. */
import type { IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { startMeddler } from "../../support/meddler.ts";

export interface Counter {
  /** For the registry, instead of the store's. */
  readonly url: string;
  /** Calls until the registry is quiet again, by kind, while `work` runs and after it. */
  during(work: () => Promise<void>): Promise<Calls>;
  stop(): Promise<void>;
}

export type Calls = ReadonlyMap<string, number>;

const QUIET_MILLISECONDS = 700;

export async function startCounter(store: string): Promise<Counter> {
  let calls = new Map<string, number>();
  let lastAt = 0;
  const proxy = await startMeddler(store, (request) => {
    const kind = kindOf(request);
    // What clients read with a signed URL costs the registry nothing.
    if (kind === "redirected read") return undefined;
    calls.set(kind, (calls.get(kind) ?? 0) + 1);
    lastAt = performance.now();
    return undefined;
  });
  async function untilQuiet(): Promise<void> {
    lastAt = performance.now();
    while (performance.now() - lastAt < QUIET_MILLISECONDS) await sleep(50);
  }
  return {
    url: proxy.url,
    async during(work) {
      await untilQuiet();
      calls = new Map();
      await work();
      await untilQuiet();
      const counted = calls;
      // What comes between two countings belongs to neither.
      calls = new Map();
      return counted;
    },
    stop: proxy.stop,
  };
}

export const sumOf = (calls: Calls): number => [...calls.values()].reduce((sum, n) => sum + n, 0);

/** By what the query, or its lack, says that it is about. */
const KINDS: Readonly<Record<string, string>> = {
  "GET bucket": "list",
  "GET uploads": "list uploads",
  "GET uploadId": "list parts",
  "POST uploads": "create upload",
  "PUT uploadId": "put part",
  "POST uploadId": "complete upload",
  "DELETE uploadId": "abort upload",
  "POST delete": "delete",
};

/** As S3 calls it, in short. */
function kindOf({ method = "", url = "", headers }: IncomingMessage): string {
  const { pathname, searchParams } = new URL(url, "http://store");
  if (searchParams.has("X-Amz-Signature")) return "redirected read";
  if (headers["x-amz-copy-source"] !== undefined) return "copy";
  const isBucket = pathname.split("/").filter(Boolean).length === 1;
  const about = ["uploads", "uploadId", "delete"].find((name) => searchParams.has(name)) ?? (isBucket ? "bucket" : "");
  return KINDS[`${method} ${about}`] ?? method.toLowerCase();
}
