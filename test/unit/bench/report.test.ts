import assert from "node:assert/strict";
import { test } from "node:test";
import { plotOf, scaleOf } from "../../bench/plot.ts";
import { lineOf, missedBy, ratiosOf, reportOf, show } from "../../bench/report.ts";
import type { PeerResult, Results, RowResult } from "../../bench/result.ts";

const OPTIONS = { reference: "theirs", ours: ["one", "two"] };

const peer = (name: string, values: readonly number[], peakMebibytes = 100): PeerResult => ({
  name,
  outcomes: values.map((value) => ({ value, processorMilliseconds: 0.25, calls: 2 })),
  peakMebibytes,
});

const times: RowResult = {
  title: "S3 + 5 ms: something <fast>",
  unit: "ms",
  better: "lower",
  target: { ratio: 4, mebibytes: 200 },
  peers: [peer("theirs", [10, 8, 12]), peer("one", [5, 4, 6]), peer("two", [2, 2, 50], 300)],
};

const resultsOf = (...rows: RowResult[]): Results => ({
  date: "2026-01-01",
  machine: "2 × a processor",
  command: "npm run bench --",
  versions: { theirs: "v3", one: "1.0" },
  meant: rows.length,
  rows,
});

test("ratios are of medians: one round that was disturbed does not count", () => {
  assert.deepEqual(ratiosOf(times, OPTIONS), [2, 5]);
});

test("a target is reached by the better of ours, each of its parts by itself", () => {
  assert.deepEqual(missedBy(times, OPTIONS), []);
  assert.deepEqual(missedBy({ ...times, target: { ratio: 6, mebibytes: 99 } }, OPTIONS), ["ratio", "mebibytes"]);
  assert.deepEqual(missedBy({ ...times, target: { value: 3 } }, OPTIONS), []);
  assert.deepEqual(missedBy({ ...times, target: { value: 1 } }, OPTIONS), ["value"]);
});

test("who failed has no ratio, reaches nothing, and is told with the reason", () => {
  const broken = { ...times, peers: [peer("theirs", [10]), { name: "one", failure: "went away" }] };
  assert.deepEqual(ratiosOf(broken, OPTIONS), []);
  assert.deepEqual(missedBy(broken, OPTIONS), ["ratio", "mebibytes"]);
  assert.match(lineOf(broken, OPTIONS), /one failed/);
  assert.match(reportOf(resultsOf(broken), OPTIONS), /one, S3 \+ 5 ms: something <fast>: went away/);
});

test("the table has median, spread, costs, ratios and verdict", () => {
  const [line] = reportOf(resultsOf(times), OPTIONS)
    .split("\n")
    .filter((line) => line.includes("something"));
  assert.ok(line?.includes("| **10** (8–12)<br>0.25 ms CPU, 2 calls, 100 MiB |"), line);
  assert.ok(line?.endsWith("| 2, 5 | 4 ×, 200 MiB reached |"), line);
});

test("a run that was ended early says what is missing", () => {
  const about = (results: Results) => reportOf(results, OPTIONS).split("\n")[0];
  assert.match(about({ ...resultsOf(times), meant: 7 }) ?? "", /`npm run bench --`, 6 of 7 rows missing;/);
  assert.match(about(resultsOf(times)) ?? "", /`npm run bench --`; 2 × a processor/);
});

test("numbers have three digits, thousands all of theirs", () => {
  assert.deepEqual([0.123456, 12.345, 999.4, 1234.5].map(show), ["0.123", "12.3", "999", "1,235"]);
});

test("the plot's scale holds all that is on it, and 1", () => {
  const { ticks, x } = scaleOf([3, 40]);
  assert.deepEqual(ticks, [1, 2, 5, 10, 20, 50]);
  assert.ok(x(1) < x(3) && x(3) < x(40) && x(40) < x(50));
  assert.deepEqual(scaleOf([0.3]).ticks, [0.2, 0.5, 1]);
  assert.equal(Math.round(x(10_000)), Math.round(x(50)));
});

test("a row's title cannot break the plot", () => {
  const svg = plotOf(resultsOf(times), OPTIONS);
  assert.ok(svg.includes("something &lt;fast&gt;"));
  assert.equal(svg.match(/<circle/g)?.length, 2 + 2, "legend and row");
});
