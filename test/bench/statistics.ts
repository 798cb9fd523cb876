/** What is said of measurements that were repeated. */

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export type Better = "higher" | "lower";

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  if (low === undefined || high === undefined) throw new RangeError("nothing was measured");
  return (low + high) / 2;
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: medianOf(values), min: Math.min(...values), max: Math.max(...values) };
}

/** The smallest value that so many of them, from 0 to 1, do not exceed. */
export function percentileOf(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (value === undefined) throw new RangeError("nothing was measured");
  return value;
}

/** How many times better the first is: above 1, it is. */
export function ratioOf(value: number, reference: number, better: Better): number {
  return better === "higher" ? value / reference : reference / value;
}
