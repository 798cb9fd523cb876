import { fileURLToPath } from "node:url";
import { run } from "../../e2e/support/programs.ts";
import { toolPath } from "../../e2e/support/tools.ts";
import type { RequestLoad, Throughput } from "./throughput.ts";

const SCRIPT = fileURLToPath(new URL("wrk.lua", import.meta.url));

/** GET, by wrk. Rejects if an answer was an error or did not come. */
export async function getAgainAndAgain({ url, headers, connections, seconds }: RequestLoad): Promise<Throughput> {
  const options = ["--threads", "1", "--connections", String(connections), "--duration", `${seconds}s`];
  const lines = Object.entries(headers).flatMap(([name, value]) => ["--header", `${name}: ${value}`]);
  const { stdout } = await run(toolPath("wrk"), [...options, "--timeout", "30s", ...lines, "--script", SCRIPT, url]);
  const seen = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  if (seen.errors + seen.statuses > 0) throw new Error(`GET ${url} failed: ${JSON.stringify(seen)}`);
  const { requests, microseconds, p50, p99 } = seen;
  return { requests, perSecond: (requests / microseconds) * 1e6, p50: p50 / 1000, p99: p99 / 1000 };
}
