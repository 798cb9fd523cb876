/** What a claim of a token must look like: `*` is any run of characters but colons, `**` any at all. */

export interface ClaimPattern {
  /** Takes time in proportion to both lengths: what is in a claim may be chosen by whoever names a branch. */
  matches(value: string): boolean;
}

const MOST_WILDCARDS = 4;

/** Throws `RangeError`. */
export function parseClaimPattern(text: string): ClaimPattern {
  const pieces = text.split(/(\*+)/);
  const wildcards = pieces.filter((_, index) => index % 2 === 1);
  if (text === "" || wildcards.length > MOST_WILDCARDS || wildcards.some((stars) => stars.length > 2)) {
    throw new RangeError(`${JSON.stringify(text)} is no pattern: write a text with up to ${MOST_WILDCARDS} * or **`);
  }
  // Every character for itself, and each run of stars as one.
  const parts = pieces.flatMap((piece, index) => (index % 2 === 1 ? [piece] : piece.split("")));
  return { matches: (value) => matchParts(parts, value) };
}

/** Keeps all the places in the pattern that what was read so far can have led to. */
function matchParts(parts: readonly string[], value: string): boolean {
  let places = passWildcards(parts, new Set([0]));
  for (const character of value.split("")) {
    const next = new Set<number>();
    for (const place of places) {
      const part = parts[place];
      if (part === "**" || (part === "*" && character !== ":")) next.add(place);
      else if (part === character && part !== "*") next.add(place + 1);
    }
    places = passWildcards(parts, next);
    if (places.size === 0) return false;
  }
  return places.has(parts.length);
}

/** A wildcard may stand for nothing. */
function passWildcards(parts: readonly string[], places: Set<number>): Set<number> {
  for (const place of places) if (parts[place]?.startsWith("*")) places.add(place + 1);
  return places;
}
