/** What was measured, as it is kept. */
import type { Target, Unit } from "./row.ts";
import type { Better } from "./statistics.ts";

export interface Results {
  readonly date: string;
  readonly machine: string;
  /** The command that measures this again. */
  readonly command: string;
  readonly versions: Readonly<Record<string, string>>;
  /** How many rows there are to be: a run may be ended before its end. */
  readonly meant: number;
  readonly rows: RowResult[];
}

export interface RowResult {
  readonly title: string;
  readonly unit: Unit;
  readonly better: Better;
  readonly target?: Target;
  readonly peers: readonly PeerResult[];
}

export type PeerResult =
  | { readonly name: string; readonly failure: string }
  | { readonly name: string; readonly outcomes: readonly Outcome[]; readonly peakMebibytes: number };

/** Of one round. */
export interface Outcome {
  /** In the row's unit. */
  readonly value: number;
  /** Of the registry's processes, for one operation. */
  readonly processorMilliseconds: number;
  /** Of the store, for one operation, where they were counted. */
  readonly calls?: number;
}
