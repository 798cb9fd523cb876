/** Durations as Go writes them, because that is how distribution's configuration does: `30s`, `1m30s`, `1.5h`. */

const MILLISECONDS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3, // micro sign
  μs: 1e-3, // Greek mu
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const NANOSECONDS_PER_MILLISECOND = 1e6;
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;
const DURATION = new RegExp(`^\\+?(?:${PART.source})+$`);

/** A timer set further ahead than this fires at once. */
export const LONGEST_TIMER = 2 ** 31 - 1;

/** Whole milliseconds, rounded up: a short time must not become none. A bare number counts nanoseconds, as in Go. */
export function parseDuration(value: unknown): number {
  if (typeof value === "number") return wholeMilliseconds(value / NANOSECONDS_PER_MILLISECOND);
  if (value === "0") return 0;
  if (typeof value !== "string" || !DURATION.test(value)) {
    throw new RangeError("write a duration such as 500ms, 30s, 1m30s or 168h");
  }
  let milliseconds = 0;
  for (const [, amount = "0", unit = ""] of value.matchAll(PART)) {
    milliseconds += Number(amount) * (MILLISECONDS[unit] ?? 0);
  }
  return wholeMilliseconds(milliseconds);
}

function wholeMilliseconds(milliseconds: number): number {
  // 1.1 s is 1100.0000000000002 ms to a double: what is within a nanosecond of a whole number is that number.
  const nearest = Math.round(milliseconds);
  const whole = Math.abs(milliseconds - nearest) < 1 / NANOSECONDS_PER_MILLISECOND ? nearest : Math.ceil(milliseconds);
  if (!Number.isSafeInteger(whole) || milliseconds < 0) throw new RangeError("write a duration that is not negative");
  return whole;
}
