/** Results as a table of Markdown. */
import type { PeerResult, Results, RowResult } from "./result.ts";
import type { Target } from "./row.ts";
import { medianOf, ratioOf, spreadOf } from "./statistics.ts";

/** Of a failure. */
const SHOWN_CHARACTERS = 300;

export interface ReportOptions {
  /** Compared with this peer. */
  readonly reference: string;
  /** Who has targets. */
  readonly ours: readonly string[];
}

export function reportOf(results: Results, options: ReportOptions): string {
  return [aboutOf(results), tableOf(results.rows, options), ...failuresOf(results.rows)].join("\n\n");
}

function aboutOf({ date, machine, versions, command, meant, rows }: Results): string {
  const subjects = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const ended = rows.length < meant ? `, ${meant - rows.length} of ${meant} rows missing` : "";
  return `Measured on ${date} with \`${command}\`${ended}; ${machine}; ${subjects.join("; ")}.`;
}

function tableOf(rows: readonly RowResult[], options: ReportOptions): string {
  const names = [...new Set(rows.flatMap(({ peers }) => peers.map(({ name }) => name)))];
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    line(["", "unit", ...names, "ratio", "target"]),
    line(["---", "---", ...names.map(() => "--:"), "--:", "--:"]),
    ...rows.map((row) => {
      const cells = names.map((name) => cellOf(row, name));
      return line([
        row.title,
        row.unit,
        ...cells,
        ratiosOf(row, options).map(show).join(", "),
        verdictOf(row, options),
      ]);
    }),
  ].join("\n");
}

/** For whoever waits. */
export function lineOf(row: RowResult, options: ReportOptions): string {
  const values = row.peers.map((peer) => {
    const value = medianFor(row, peer.name);
    return `${peer.name} ${value === undefined ? "failed" : show(value)}`;
  });
  const missed = missedBy(row, options).map((part) => `${part} missed`);
  return [`${row.title} (${row.unit}): ${values.join(", ")}`, ratiosOf(row, options).map(show).join(" and "), ...missed]
    .filter(Boolean)
    .join("; ");
}

/** Median, the spread of the rounds, and below them what it took. */
function cellOf(row: RowResult, name: string): string {
  const peer = row.peers.find((peer) => peer.name === name);
  if (peer === undefined) return "";
  if ("failure" in peer) return "failed";
  const { median, min, max } = spreadOf(peer.outcomes.map(({ value }) => value));
  return `**${show(median)}** (${show(min)}–${show(max)})<br>${costsOf(peer)}`;
}

function costsOf({ outcomes, peakMebibytes }: Exclude<PeerResult, { failure: string }>): string {
  const calls = outcomes.flatMap(({ calls }) => calls ?? []);
  const processor = medianOf(outcomes.map(({ processorMilliseconds }) => processorMilliseconds));
  return [
    `${show(processor)} ms CPU`,
    ...(calls.length > 0 ? [`${show(medianOf(calls))} calls`] : []),
    `${peakMebibytes} MiB`,
  ].join(", ");
}

/** Of the medians, one for each of ours. */
export function ratiosOf(row: RowResult, { reference, ours }: ReportOptions): number[] {
  const theirs = medianFor(row, reference);
  const values = ours.map((name) => medianFor(row, name));
  return values.flatMap((value) =>
    value === undefined || theirs === undefined ? [] : ratioOf(value, theirs, row.better),
  );
}

/** Each target, and whether the better of ours reaches it. */
function verdictOf(row: RowResult, options: ReportOptions): string {
  const { target } = row;
  if (target === undefined) return "";
  const missed = missedBy(row, options);
  const parts = [
    ...(target.ratio ? [`${target.ratio} ×`] : []),
    ...(target.value ? [`${target.value} ${row.unit}`] : []),
    ...(target.mebibytes ? [`${target.mebibytes} MiB`] : []),
  ];
  return `${parts.join(", ")}${missed.length > 0 ? " **missed**" : " reached"}`;
}

/** The parts of a row's target that none of ours reaches. */
export function missedBy(row: RowResult, options: ReportOptions): (keyof Target)[] {
  const { target = {}, better } = row;
  const values = options.ours.flatMap((name) => medianFor(row, name) ?? []);
  const memory = row.peers.flatMap((peer) =>
    "failure" in peer || !options.ours.includes(peer.name) ? [] : peer.peakMebibytes,
  );
  const reaches: Readonly<Record<keyof Target, (limit: number) => boolean>> = {
    ratio: (limit) => ratiosOf(row, options).some((ratio) => ratio >= limit),
    value: (limit) => values.some((value) => ratioOf(value, limit, better) >= 1),
    mebibytes: (limit) => memory.some((mebibytes) => mebibytes <= limit),
  };
  return (Object.keys(target) as (keyof Target)[]).filter((part) => !reaches[part](target[part] ?? 0));
}

export function medianFor(row: RowResult, name: string): number | undefined {
  const peer = row.peers.find((peer) => peer.name === name);
  if (peer === undefined || "failure" in peer) return undefined;
  return medianOf(peer.outcomes.map(({ value }) => value));
}

function failuresOf(rows: readonly RowResult[]): string[] {
  return rows.flatMap(({ title, peers }) =>
    peers.flatMap((peer) =>
      "failure" in peer ? `Failed: ${peer.name}, ${title}: ${peer.failure.slice(0, SHOWN_CHARACTERS)}` : [],
    ),
  );
}

/** Three digits are what such measurements are good for. */
export function show(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(3)));
}
