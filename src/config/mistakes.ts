/** What is wrong with a configuration. Collected, so that one start shows all of it. */
import type { Source } from "./given.ts";

export interface Mistake extends Source {
  /** As written; never a secret. */
  readonly value?: string | undefined;
  /** What would be right. */
  readonly message: string;
}

/** Worth saying, and no reason to stop. */
export interface Remark extends Source {
  readonly level: "warn" | "debug";
  readonly message: string;
}

export interface Findings {
  readonly mistakes: Mistake[];
  readonly remarks: Remark[];
}

export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  readonly mistakes: readonly Mistake[];
  readonly remarks: readonly Remark[];

  constructor({ mistakes, remarks }: Findings) {
    super(formatMistakes(mistakes));
    this.mistakes = mistakes;
    this.remarks = remarks;
  }
}

export function formatMistakes(mistakes: readonly Mistake[]): string {
  const count = mistakes.length === 1 ? "a mistake" : `${mistakes.length} mistakes`;
  return [`The configuration has ${count}:`, ...mistakes.map((mistake) => `  ${formatMistake(mistake)}`)].join("\n");
}

const formatMistake = ({ name, place, value, message }: Mistake): string =>
  `${name}${value === undefined ? "" : ` = ${value}`} (${place}): ${message}`;

const LONGEST_SHOWN_VALUE = 80;

/** The offending value, short enough for a line. */
export function showValue(value: unknown): string {
  const shown = JSON.stringify(value) ?? String(value);
  return shown.length > LONGEST_SHOWN_VALUE ? `${shown.slice(0, LONGEST_SHOWN_VALUE)}…` : shown;
}
