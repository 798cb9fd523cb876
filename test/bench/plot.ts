/** Results as a picture: how many times better ours are than the reference, on a logarithmic scale. */
import { type ReportOptions, ratiosOf, show } from "./report.ts";
import type { Results, RowResult } from "./result.ts";

const WIDTH = 1080;
/** Where the scale begins and ends. */
const [LEFT, RIGHT] = [540, 1020];
const LINE = 18;
const TOP = 60;
const COLOURS = ["#2a6f97", "#e07a1f"];
const STYLE =
  "text{font:12px sans-serif;fill:#222}.axis{stroke:#ccc}.even{stroke:#444}.target{stroke:#c1121f;stroke-width:2}" +
  "@media(prefers-color-scheme:dark){text{fill:#ddd}.axis{stroke:#444}.even{stroke:#aaa}}";

export function plotOf({ rows, date }: Results, options: ReportOptions): string {
  const shown = rows.filter((row) => ratiosOf(row, options).length > 0);
  const scale = scaleOf(shown.flatMap((row) => [...ratiosOf(row, options), row.target?.ratio ?? 1]));
  const height = TOP + shown.length * LINE + 20;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `<title>How many times better than ${escaped(options.reference)}, ${date}</title><style>${STYLE}</style>`,
    ...legendOf(options),
    ...scale.ticks.flatMap((tick) => axisAt(scale.x(tick), tick, height)),
    ...shown.flatMap((row, index) => lineOf(row, TOP + (index + 0.5) * LINE, scale, options)),
    "</svg>\n",
  ].join("\n");
}

interface Scale {
  readonly ticks: readonly number[];
  x(ratio: number): number;
}

const TICKS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** From the tick below the least to the one above the greatest. */
export function scaleOf(ratios: readonly number[]): Scale {
  const [least, greatest] = [Math.min(1, ...ratios), Math.max(1, ...ratios)];
  const first = Math.max(
    0,
    TICKS.findLastIndex((tick) => tick <= least),
  );
  const last = TICKS.findIndex((tick) => tick >= greatest);
  const ticks = TICKS.slice(first, (last < 0 ? TICKS.length : last) + 1);
  const [from, to] = [Math.log(ticks[0] ?? 1), Math.log(ticks.at(-1) ?? 1)];
  const share = (ratio: number) => (to === from ? 0 : (Math.log(ratio) - from) / (to - from));
  return { ticks, x: (ratio) => LEFT + Math.min(1, Math.max(0, share(ratio))) * (RIGHT - LEFT) };
}

function legendOf({ ours, reference }: ReportOptions): string[] {
  const title = text(LEFT, 16, `times better than ${reference}; the red line is the target`);
  return [title, ...ours.flatMap((name, index) => [dot(14, 12 + index * 16, index), text(24, 16 + index * 16, name)])];
}

function axisAt(x: number, tick: number, height: number): string[] {
  return [
    `<line class="${tick === 1 ? "even" : "axis"}" x1="${x}" x2="${x}" y1="${TOP - 6}" y2="${height - 16}"/>`,
    text(x, TOP - 12, String(tick), "middle"),
  ];
}

function lineOf(row: RowResult, y: number, { x }: Scale, options: ReportOptions): string[] {
  const ratios = ratiosOf(row, options);
  const target = row.target?.ratio;
  return [
    text(LEFT - 10, y + 4, row.title, "end"),
    ...(target ? [`<line class="target" x1="${x(target)}" x2="${x(target)}" y1="${y - 7}" y2="${y + 7}"/>`] : []),
    ...ratios.map((ratio, index) => dot(x(ratio), y, index)),
    text(RIGHT + 10, y + 4, show(Math.max(...ratios))),
  ];
}

const dot = (x: number, y: number, index: number): string =>
  `<circle cx="${x.toFixed(1)}" cy="${y}" r="4.5" fill="${COLOURS[index % COLOURS.length]}"/>`;

const text = (x: number, y: number, words: string, anchor = "start"): string =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}">${escaped(words)}</text>`;

const escaped = (words: string): string =>
  words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
