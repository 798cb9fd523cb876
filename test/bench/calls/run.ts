/**
 * How many calls of the store a request costs: here, and with CNCF distribution. Both are asked the same, on Ceph RGW, through
 * a proxy that counts. `npm run bench:calls`; the last result is in docs/benchmarks.md.
 */
import { cpus } from "node:os";
import { type TestContext, test } from "node:test";
import { environmentOf, startReplicas } from "../../e2e/support/buckets.ts";
import { startMoorage } from "../../e2e/support/moorage.ts";
import { run } from "../../e2e/support/programs.ts";
import { toolPath } from "../../e2e/support/tools.ts";
import { startTheirs } from "../../stores/in-turn.ts";
import { CEPH } from "../../stores/servers.ts";
import { createBucket } from "../../support/s3.ts";
import { storeServer } from "../../support/stores.ts";
import { createClient } from "./client.ts";
import { type Calls, type Counter, startCounter, sumOf } from "./counter.ts";
import { type Row, rows } from "./rows.ts";

interface Process {
  readonly url: string;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

interface Subject {
  readonly name: string;
  readonly byTurns?: boolean;
  /** All on one bucket. */
  start(t: TestContext, place: { endpoint: string; bucket: string }): Promise<readonly Process[]>;
}

const KEYS = { accesskey: "test", secretkey: "testsecret" };

const ours = (t: TestContext, { endpoint, bucket }: { endpoint: string; bucket: string }) =>
  startMoorage(t, { driver: "s3", env: environmentOf({ account: { endpoint, ...KEYS }, bucket }) });

const theirs =
  (cache: Record<string, unknown>): Subject["start"] =>
  async (t, { endpoint, bucket }) => {
    const s3 = { regionendpoint: endpoint, region: "us-east-1", ...KEYS, bucket, forcepathstyle: true };
    return [await startTheirs(t, "registry", { s3, ...cache })];
  };

const SUBJECTS: readonly Subject[] = [
  { name: "Moorage", start: async (t, place) => [await ours(t, place)] },
  { name: "distribution", start: theirs({}) },
  { name: "distribution, cache in memory", start: theirs({ cache: { blobdescriptor: "inmemory" } }) },
  {
    name: "Moorage, three replicas by turns",
    byTurns: true,
    start: (t, { endpoint, bucket }) => startReplicas(t, { account: { endpoint, ...KEYS }, bucket }),
  },
];

interface Cost {
  readonly cold: Calls;
  readonly warm: Calls | undefined;
}

async function measureAll(t: TestContext, subject: Subject, store: string): Promise<ReadonlyMap<Row, Cost>> {
  const counter = await startCounter(store);
  t.after(() => counter.stop());
  const bucket = await createBucket({ endpoint: store, ...KEYS });
  const [helper] = await subject.start(t, { endpoint: store, bucket });
  const processes = await subject.start(t, { endpoint: counter.url, bucket });
  const costs = new Map<Row, Cost>();
  for (const row of rows) {
    if (subject.byTurns && !row.byTurns) continue;
    if (helper) await row.prepare?.(createClient([helper.url]));
    costs.set(row, await measure(row, processes, counter));
    say(`${subject.name}: ${row.name}: ${describe(costs.get(row))}`);
  }
  return costs;
}

async function measure(row: Row, processes: readonly Process[], counter: Counter): Promise<Cost> {
  await Promise.all(processes.map((process) => process.restart()));
  const client = createClient(processes.map(({ url }) => url));
  const once = async (n: number) => {
    await row.before?.(client, n);
    return await counter.during(() => row.request(client, n));
  };
  const cold = await once(0);
  return { cold, warm: row.onlyCold ? undefined : await once(1) };
}

function describe(cost: Cost | undefined): string {
  const kinds = (calls: Calls) => [...calls].map(([kind, times]) => `${times} ${kind}`).join(", ") || "nothing";
  return cost ? `${kinds(cost.cold)}${cost.warm ? `; warm: ${kinds(cost.warm)}` : ""}` : "";
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function table(results: ReadonlyMap<string, ReadonlyMap<Row, Cost>>): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
  const cell = (cost: Cost | undefined) => {
    if (cost === undefined) return "";
    return cost.warm ? `${sumOf(cost.cold)}, then ${sumOf(cost.warm)}` : sumOf(cost.cold);
  };
  return [
    line(["Request", ...results.keys()]),
    line(["---", ...[...results].map(() => "--:")]),
    ...rows.map((row) => line([row.name, ...[...results.values()].map((costs) => cell(costs.get(row)))])),
  ].join("\n");
}

async function versions(): Promise<string> {
  const first = async (command: string, ...args: string[]) => (await run(command, args)).stdout.split("\n")[0];
  const commit = await first("git", "rev-parse", "--short", "HEAD");
  return [
    new Date().toISOString().slice(0, 10),
    `Moorage ${commit}, Node ${process.version}`,
    await first(toolPath("registry"), "--version"),
    await first(toolPath("radosgw"), "--version"),
    `${cpus().length} × ${cpus()[0]?.model}`,
  ].join("; ");
}

const store = await storeServer(CEPH);
if (store) {
  test("calls of the store", async (t) => {
    const results = new Map<string, ReadonlyMap<Row, Cost>>();
    for (const subject of SUBJECTS) results.set(subject.name, await measureAll(t, subject, store));
    say(`\n${await versions()}\n\n${table(results)}\n`);
  });
}
