/** What the doctor has to say: what it is, where, how bad, and what to do. */

/**
 * `broken`: it does not work, here or anywhere. `differs`: it works, and not as in CNCF distribution. `note`: good to know.
 */
export type Severity = "broken" | "differs" | "note";

export type Area = "configuration" | "surroundings" | "bucket";

export interface Finding {
  readonly severity: Severity;
  readonly area: Area;
  /** A setting, or what was found in the bucket: findings that say the same are one. */
  readonly what: string;
  readonly fix: string;
  /** The first of them, with what is known of each. */
  readonly places: readonly string[];
  /** How many there are. */
  readonly count: number;
}

/** Nobody reads more, and a bucket may hold millions. */
const MOST_PLACES = 1000;

/** Gathers what is found, in the order in which it was found first. */
export class Findings {
  readonly #found = new Map<string, { finding: Omit<Finding, "places" | "count">; places: string[]; count: number }>();

  add(finding: Omit<Finding, "places" | "count">, place?: string): void {
    const key = `${finding.severity}\n${finding.area}\n${finding.what}\n${finding.fix}`;
    const known = this.#found.get(key) ?? { finding, places: [], count: 0 };
    this.#found.set(key, known);
    known.count++;
    if (place !== undefined && known.places.length < MOST_PLACES) known.places.push(place);
  }

  /** The worst first. */
  all(): readonly Finding[] {
    const order: readonly Severity[] = ["broken", "differs", "note"];
    return [...this.#found.values()]
      .map(({ finding, places, count }) => ({ ...finding, places, count }))
      .sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
  }
}
