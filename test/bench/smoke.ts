/**
 * Has it become much slower? Measures this Moorage beside its last release, in the same minute on the same machine, and exits
 * with 1 if one of the rows is clearly worse, and is so again when it is measured once more. `npm run bench:smoke`.
 */
import { toolPath } from "../e2e/support/tools.ts";
import { VERSITY } from "../stores/servers.ts";
import { missingPrograms } from "../support/stores.ts";
import { measureRow } from "./measure.ts";
import { moorage } from "./peers/moorage.ts";
import type { Peer } from "./peers/peer.ts";
import { checkOut, lastRelease } from "./release.ts";
import { show } from "./report.ts";
import type { PeerResult } from "./result.ts";
import { type Row, titleOf } from "./row.ts";
import { ROWS } from "./rows/index.ts";
import { type Better, ratioOf, spreadOf } from "./statistics.ts";
import { openStores, type Stores } from "./stores/places.ts";

/** Until there is a release. */
const STAND_IN = "91929f17cc0eae9fc4673a5b17739cb5d5f96aad";
const TITLES = [
  "filesystem: manifest GET by tag, 32 connections",
  "filesystem: manifest GET by digest, 32 connections",
  "filesystem: blob HEAD, 32 connections",
  "filesystem: push of 200 layers of 100 KiB, 5 at once, by POST, PUT",
  "S3: blob GET, redirected, 32 connections",
];
/** Of the best rounds, for what else the machine does only ever slows down. */
const LEAST_RATIO = 0.7;
const LENGTH = { rounds: 3, seconds: 1, quick: false };

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function compare(commit: string): Promise<boolean> {
  const peers = [moorage({ name: "last release", root: await checkOut(commit) }), moorage({ name: "this" })];
  const rows = TITLES.map(rowCalled).filter(canRun);
  const stores = await openStores(rows, VERSITY);
  try {
    let isFine = true;
    for (const row of rows) isFine = (await isFast(row, peers, stores)) && isFine;
    return isFine;
  } finally {
    await stores.stop();
  }
}

function rowCalled(title: string): Row {
  const row = ROWS.find((row) => titleOf(row) === title);
  if (row === undefined) throw new Error(`no such row: ${title}`);
  return row;
}

function canRun(row: Row): boolean {
  const missing = row.store === "s3" ? missingPrograms(VERSITY) : [];
  if (missing.length === 0) return true;
  if (process.env.MOORAGE_E2E === "require") throw new Error(`not on this machine: ${missing.join(", ")}`);
  say(`skipped: ${titleOf(row)}: not on this machine: ${missing.join(", ")}`);
  return false;
}

async function isFast(row: Row, peers: readonly Peer[], stores: Stores): Promise<boolean> {
  for (const rounds of [LENGTH.rounds, LENGTH.rounds * 2]) {
    const { better, unit, peers: results } = await measureRow(row, peers, stores, { ...LENGTH, rounds });
    const [before = 0, now = 0] = results.map((result) => bestOf(result, better));
    const ratio = ratioOf(now, before, better);
    say(`${titleOf(row)} (${unit}): ${show(before)} before, ${show(now)} now: ${show(ratio)} times as fast`);
    if (ratio >= LEAST_RATIO) return true;
  }
  return false;
}

/** Throws if it failed: what cannot be measured has not been found fast. */
function bestOf(result: PeerResult, better: Better): number {
  if ("failure" in result) throw new Error(`${result.name}: ${result.failure}`);
  const { min, max } = spreadOf(result.outcomes.map(({ value }) => value));
  return better === "higher" ? max : min;
}

toolPath("wrk"); // Without it nothing can be said.
const commit = await lastRelease(STAND_IN);
if (commit === undefined) say(`skipped: this clone does not have ${STAND_IN}, and no tag of a version`);
else {
  say(`compared with ${commit}`);
  if (!(await compare(commit))) process.exitCode = 1;
}
