/** The day on which something stops to be good. */

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;
const DAY_MILLISECONDS = 24 * 3_600_000;

/** Milliseconds since 1970. A day counts to its end, by UTC. Throws `RangeError`. */
export function parseExpiry(text: string): number {
  if (text === "never") return Number.POSITIVE_INFINITY;
  const start = DAY.test(text) || MOMENT.test(text) ? Date.parse(text) : Number.NaN;
  const isThere = !DAY.test(text) || (!Number.isNaN(start) && new Date(start).toISOString().startsWith(text));
  if (Number.isNaN(start) || !isThere) {
    throw new RangeError("write a day such as 2030-12-31, a moment such as 2030-12-31T18:00:00Z, or never");
  }
  return DAY.test(text) ? start + DAY_MILLISECONDS : start;
}
