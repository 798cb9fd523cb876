/**
 * What a request leaves behind dies young, or each short collection of garbage copies it, and memory grows until a long one.
 * What must not be: a getter in an object literal.
 */
import assert from "node:assert/strict";
import { Agent } from "node:http";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { forEachAtOnce } from "../../drivers/at-once.ts";
import { pushImage } from "../support/registry-content.ts";
import { HttpClient } from "../support/registry-http.ts";
import { serveFor } from "../unit/cli/process.ts";

const TRACER = fileURLToPath(new URL("collections.ts", import.meta.url));
/** Few: whatever is in flight at a collection survives it, and on a busy machine more are in flight. */
const CONNECTIONS = 2;
const REQUESTS = 12_000;
/** Of what was allocated, at most. It is 1 %, and 3 % with one such getter for each request. */
const MOST = 0.02;

const COLLECTION = /: (Scavenge|Mark-Compact)\D* ([\d.]+) \([\d.]+\) -> ([\d.]+) /;

interface Collection {
  readonly isShort: boolean;
  /** MiB in use. */
  readonly before: number;
  readonly after: number;
}

test("nothing of a request outlives it", async (t) => {
  const { child, base } = await serveFor(t, {
    REGISTRY_STORAGE: "filesystem",
    REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: "./data",
    NODE_OPTIONS: `--import ${TRACER} --max-semi-space-size=1`,
  });
  const collections: Collection[] = [];
  createInterface(child.stdout).on("line", (line) => {
    const [, kind, before, after] = COLLECTION.exec(line) ?? [];
    if (kind) collections.push({ isShort: kind === "Scavenge", before: Number(before), after: Number(after) });
  });
  const http = new HttpClient(Number(new URL(base).port), new Agent({ keepAlive: true, maxSockets: CONNECTIONS }));
  t.after(() => http.close());
  const { digest } = await pushImage(http, "a", "v1");
  const paths = [`/v2/a/manifests/${digest}`, "/v2/a/manifests/v1"];
  const ask = (count: number) =>
    forEachAtOnce(
      Array.from({ length: count }, (_, index) => paths[index % paths.length] ?? ""),
      CONNECTIONS,
      async (path) => assert.equal((await http.request("GET", path)).status, 200),
    );
  await ask(REQUESTS / 2);
  const warmedUp = collections.length;
  await ask(REQUESTS / 2);

  let allocated = 0;
  let survived = 0;
  for (const [index, { isShort, before, after }] of collections.entries()) {
    const last = collections[index - 1];
    if (index < warmedUp || !isShort || last === undefined) continue;
    allocated += before - last.after;
    survived += after - last.after;
  }
  t.diagnostic(`of ${Math.round(allocated)} MiB, ${survived.toFixed(1)} MiB survived`);
  assert.ok(allocated > 20, "enough to judge by");
  assert.ok(survived < allocated * MOST, `${survived.toFixed(1)} of ${allocated.toFixed(0)} MiB survived`);
});
