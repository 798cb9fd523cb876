/** The results in docs/benchmarks.md, with a plot. */
import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { plotOf } from "./plot.ts";
import { type ReportOptions, reportOf } from "./report.ts";
import type { Results } from "./result.ts";

const DOCS = resolve(import.meta.dirname, "../../docs");
const PAGE = resolve(DOCS, "benchmarks.md");
const PLOT = "benchmarks.svg";
const [BEGIN, END] = ["<!-- bench -->", "<!-- /bench -->"];

export async function writeDocuments(results: Results, options: ReportOptions): Promise<void> {
  const page = await readFile(PAGE, "utf8");
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error(`${PAGE} has no place for results: ${BEGIN} … ${END}`);
  const plot = `![How many times better than ${options.reference}](${PLOT})`;
  await writeFile(resolve(DOCS, PLOT), plotOf(results, options));
  await writeFile(PAGE, [before, BEGIN, "\n", plot, "\n\n", reportOf(results, options), "\n", END, after].join(""));
}
