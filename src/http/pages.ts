/** `n` and `last`: OCI distribution-spec, "Listing Tags". */
import { RegistryError } from "../oci/errors.ts";

const COUNT = /^\d{1,9}$/;

/** `limit` is `undefined` when the client leaves it to the registry. Throws `page_invalid`. */
export function parsePage(query: URLSearchParams): {
  readonly limit: number | undefined;
  readonly last: string | undefined;
} {
  const n = query.get("n");
  if (n !== null && !COUNT.test(n)) {
    throw new RegistryError("page_invalid", "n is not a number of entries", {
      details: [{ detail: { n: n.slice(0, 40) } }],
    });
  }
  return { limit: n === null ? undefined : Number(n), last: plainText(query.get("last") ?? "") || undefined };
}

/** No name is longer. */
const LONGEST_NAME = 255;

/** What stands between the same names, in characters that every store takes: names are made of those from "-" to "z". */
function plainText(last: string): string {
  const odd = last.slice(0, LONGEST_NAME + 1).search(/[^\x2d-\x7a]/);
  if (odd < 0) return last.slice(0, LONGEST_NAME + 1);
  return last.slice(0, odd) + ((last[odd] ?? "") > "z" ? "~" : "");
}
