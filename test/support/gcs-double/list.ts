import { compareKeys } from "../../../drivers/keys.ts";
import { type DoubleBucket, resourceOf } from "./bucket.ts";

const MOST = 1000;

export function listing(bucket: DoubleBucket, query: URLSearchParams) {
  const { delimiter = "", pageToken = "", startOffset = "", prefix = "" } = Object.fromEntries(query);
  const most = Math.min(Number(query.get("maxResults") ?? MOST), MOST);
  const after = Buffer.from(pageToken, "base64").toString();
  const names = bucket.names().filter((name) => name.startsWith(prefix) && compareKeys(name, startOffset) >= 0);
  const entries = [...new Set(names.map((name) => rolledUp(name, prefix, delimiter)))];
  const left = after === "" ? entries : entries.filter((entry) => compareKeys(entry, after) > 0);
  const page = left.slice(0, most);
  const objects = page.map((entry) => bucket.get(entry)).filter((object) => object !== undefined);
  return {
    items: objects.map(resourceOf),
    prefixes: page.filter((entry) => bucket.get(entry) === undefined),
    ...(left.length > most ? { nextPageToken: Buffer.from(page.at(-1) ?? "").toString("base64") } : {}),
  };
}

function rolledUp(name: string, prefix: string, delimiter: string): string {
  const cut = delimiter === "" ? -1 : name.indexOf(delimiter, prefix.length);
  return cut === -1 ? name : name.slice(0, cut + delimiter.length);
}
