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
  return { limit: n === null ? undefined : Number(n), last: query.get("last") || undefined };
}
