/**
 * Measures Moorage and other registries side by side: `npm run bench -- --help`. What was measured last, and how to read it, is in
 * docs/benchmarks.md.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { dirname } from "node:path";
import { Command } from "commander";
import { writeDocuments } from "./documents.ts";
import { measureRow } from "./measure.ts";
import { OURS, PEERS, REFERENCE } from "./peers/index.ts";
import type { Peer } from "./peers/peer.ts";
import { lineOf, reportOf } from "./report.ts";
import type { Results, RowResult } from "./result.ts";
import { type Row, titleOf } from "./row.ts";
import { ROWS } from "./rows/index.ts";
import { openStores } from "./stores/places.ts";

interface Options {
  readonly rows: readonly string[];
  readonly peers: readonly string[];
  readonly rounds: string;
  readonly seconds: string;
  readonly quick: boolean;
  readonly list: boolean;
  readonly json: string;
  readonly markdown: boolean;
  readonly writeDocs: boolean;
}

const REPORT = { reference: REFERENCE.name, ours: OURS.map(({ name }) => name) };
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const program = new Command("npm run bench --")
  .description("Measures Moorage beside CNCF distribution, each in its turn, and says by how much either is better.")
  .option("--rows <words...>", "only rows whose title has all of these words")
  .option("--peers <names...>", `only these of: ${PEERS.map(({ name }) => name).join(", ")}`)
  .option("--rounds <number>", "how often each row is measured on each registry", "5")
  .option("--seconds <number>", "how long a round of requests lasts, whole seconds", "2")
  .option("--quick", "two short rounds with less of everything: to see whether it works", false)
  .option("--list", "print the rows and end", false)
  .option("--json <file>", "where the results go", "results/bench.json")
  .option("--markdown", "print the table as well", false)
  .option("--write-docs", "put the table and the plot into docs/benchmarks.md", false);

async function main(options: Options): Promise<void> {
  const rows = ROWS.filter((row) => isMeant(row, options));
  if (options.list) return say(rows.map(titleOf).join("\n"));
  const peers = options.peers ? PEERS.filter(({ name }) => options.peers.includes(name)) : PEERS;
  const versions = await versionsOf(peers);
  const here = peers.filter(({ name }) => versions.has(name));
  const results: Results = {
    ...circumstances(),
    versions: Object.fromEntries(versions),
    rows: await measureAll(rows, here, options),
  };
  await mkdir(dirname(options.json), { recursive: true });
  await writeFile(options.json, `${JSON.stringify(results, undefined, 1)}\n`);
  if (options.markdown) say(`\n${reportOf(results, REPORT)}`);
  if (options.writeDocs) await writeDocuments(results, REPORT);
}

function isMeant(row: Row, { rows: words = [], quick }: Options): boolean {
  const title = titleOf(row).toLowerCase();
  return words.every((word) => title.includes(word.toLowerCase())) && !(quick && row.slow);
}

async function measureAll(rows: readonly Row[], peers: readonly Peer[], options: Options): Promise<RowResult[]> {
  const { quick } = options;
  const length = quick
    ? { rounds: 2, seconds: 1 }
    : { rounds: Number(options.rounds), seconds: Number(options.seconds) };
  const stores = await openStores(rows);
  const results: RowResult[] = [];
  try {
    for (const row of rows) {
      const result = await measureRow(row, peers, stores, { ...length, quick });
      results.push(result);
      say(lineOf(result, REPORT));
    }
  } finally {
    await stores.stop();
  }
  return results;
}

/** Of those that are on this machine. */
async function versionsOf(peers: readonly Peer[]): Promise<ReadonlyMap<string, string>> {
  const versions = new Map<string, string>();
  for (const peer of peers)
    try {
      versions.set(peer.name, await peer.version());
    } catch (error) {
      say(`without ${peer.name}: ${error instanceof Error ? error.message : error}`);
    }
  return versions;
}

function circumstances(): Pick<Results, "date" | "machine" | "command"> {
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 1024 ** 3)} GiB`,
    command: ["npm run bench --", ...process.argv.slice(2)].join(" "),
  };
}

await main(program.parse().opts<Options>());
