/**
 * Measures Moorage and other registries side by side: `npm run bench -- --help`. What was measured last, and how to read it, is in
 * docs/benchmarks.md.
 */
import { cpus, totalmem } from "node:os";
import { isDeepStrictEqual } from "node:util";
import { Command } from "commander";
import { writeDocuments } from "./documents.ts";
import { measureRow, messageOf } from "./measure.ts";
import { OURS, PEERS, REFERENCE } from "./peers/index.ts";
import type { Peer } from "./peers/peer.ts";
import { lineOf, reportOf } from "./report.ts";
import type { Results, RowResult } from "./result.ts";
import { readResults, writeResults } from "./result-file.ts";
import { type Row, titleOf } from "./row.ts";
import { ROWS } from "./rows/index.ts";
import { openStores } from "./stores/places.ts";

interface Options {
  readonly rows: readonly string[];
  readonly targets: boolean;
  readonly peers: readonly string[];
  readonly rounds: string;
  readonly seconds: string;
  readonly quick: boolean;
  readonly list: boolean;
  readonly json: string;
  readonly resume: boolean;
  readonly render: boolean;
  readonly markdown: boolean;
  readonly writeDocs: boolean;
}

const REPORT = { reference: REFERENCE.name, ours: OURS.map(({ name }) => name) };
/** Those options that say what is measured. */
const MEASURED = ["rows", "targets", "peers", "rounds", "seconds", "quick"] as const;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const program = new Command("npm run bench --")
  .description("Measures Moorage beside CNCF distribution, each in its turn, and says by how much either is better.")
  .option("--rows <words...>", "only rows whose title has all of these words")
  .option("--targets", "only rows that have a target", false)
  .option("--peers <names...>", `only these of: ${PEERS.map(({ name }) => name).join(", ")}`)
  .option("--rounds <number>", "how often each row is measured on each registry", "5")
  .option("--seconds <number>", "how long a round of requests lasts, whole seconds", "2")
  .option("--quick", "two short rounds with less of everything: to see whether it works", false)
  .option("--list", "print the rows and end", false)
  .option("--json <file>", "where the results go", "results/bench.json")
  .option("--resume", "measure only the rows that the results do not have yet", false)
  .option("--render", "measure nothing, and take the results as they are", false)
  .option("--markdown", "print the table as well", false)
  .option("--write-docs", "put the table and the plot into docs/benchmarks.md", false);

async function main(options: Options): Promise<void> {
  const rows = ROWS.filter((row) => isMeant(row, options)).toSorted(targetsFirst);
  if (options.list) return say(rows.map(titleOf).join("\n"));
  const results = options.render ? await readResults(options.json) : await measure(rows, options);
  if (options.markdown) say(`\n${reportOf(results, REPORT)}`);
  if (options.writeDocs) await writeDocuments(results, REPORT);
}

async function measure(rows: readonly Row[], options: Options): Promise<Results> {
  const peers = options.peers ? PEERS.filter(({ name }) => options.peers.includes(name)) : PEERS;
  const versions = await versionsOf(peers);
  const here = peers.filter(({ name }) => versions.has(name));
  const begun = { ...circumstances(options), versions: Object.fromEntries(versions), meant: rows.length, rows: [] };
  const results = options.resume ? continued(begun, await readResults(options.json)) : begun;
  const done = new Set(results.rows.map(({ title }) => title));
  const left = rows.filter((row) => !done.has(titleOf(row)));
  let begunAt = performance.now();
  for await (const row of measureAll(left, here, options)) {
    say(`${lineOf(row, REPORT)} (${Math.round((performance.now() - begunAt) / 1000)} s)`);
    begunAt = performance.now();
    results.rows.push(row);
    // After each: it takes long, and may be ended.
    await writeResults(options.json, results);
  }
  return results;
}

/** All of it takes long, and may be ended: what somebody waits for comes first. */
const targetsFirst = (one: Row, other: Row): number => Number(!one.target) - Number(!other.target);

/** Rows of other programs, or of another command, do not belong into the same table. */
function continued(now: Results, earlier: Results): Results {
  for (const part of ["command", "machine", "versions"] as const)
    if (!isDeepStrictEqual(now[part], earlier[part]))
      throw new Error(`cannot go on: ${part} was ${JSON.stringify(earlier[part])}, is ${JSON.stringify(now[part])}`);
  return earlier;
}

function isMeant(row: Row, { rows: words = [], quick, targets }: Options): boolean {
  const title = titleOf(row).toLowerCase();
  if ((quick && row.slow) || (targets && !row.target)) return false;
  return words.every((word) => title.includes(word.toLowerCase()));
}

async function* measureAll(
  rows: readonly Row[],
  peers: readonly Peer[],
  { quick, rounds, seconds }: Options,
): AsyncGenerator<RowResult> {
  const length = quick ? { rounds: 2, seconds: 1 } : { rounds: Number(rounds), seconds: Number(seconds) };
  const stores = await openStores(rows);
  try {
    for (const row of rows)
      try {
        yield await measureRow(row, peers, stores, { ...length, quick });
      } catch (error) {
        say(`${titleOf(row)}: not measured: ${messageOf(error)}`);
      }
  } finally {
    await stores.stop();
  }
}

/** Of those that are on this machine. */
async function versionsOf(peers: readonly Peer[]): Promise<ReadonlyMap<string, string>> {
  const versions = new Map<string, string>();
  for (const peer of peers)
    try {
      versions.set(peer.name, await peer.version());
    } catch (error) {
      say(`without ${peer.name}: ${messageOf(error)}`);
    }
  return versions;
}

function circumstances(options: Options): Pick<Results, "date" | "machine" | "command"> {
  const given = MEASURED.filter((name) => program.getOptionValueSource(name) === "cli");
  const words = given.flatMap((name) => [`--${name}`, ...[options[name]].flat().filter((value) => value !== true)]);
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 1024 ** 3)} GiB`,
    command: ["npm run bench --", ...words.map((word) => (/^[\w-]+$/.test(String(word)) ? word : `"${word}"`))].join(
      " ",
    ),
  };
}

await main(program.parse().opts<Options>());
