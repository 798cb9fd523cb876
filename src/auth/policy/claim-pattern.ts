/** What a claim of a token must look like: `*` is any run of characters but colons, `**` any at all. */

export interface ClaimPattern {
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
  const source = pieces.map((piece) => {
    if (piece === "*") return "[^:]*";
    return piece === "**" ? ".*" : RegExp.escape(piece);
  });
  const expression = new RegExp(`^${source.join("")}$`, "su");
  return { matches: (value) => expression.test(value) };
}
