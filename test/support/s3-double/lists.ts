import { compareKeys } from "../../../drivers/keys.ts";
import type { Bucket } from "./bucket.ts";
import type { Answer, Call } from "./call.ts";
import { isoDate } from "./objects.ts";
import type { Profile } from "./profiles.ts";
import { document, element, text } from "./xml.ts";

/** ListObjectsV2. */
export function listObjects(bucket: Bucket, { query }: Call, { maxKeys }: Profile): Answer {
  const token = query.get("continuation-token");
  const name = query.get("encoding-type") === "url" ? encode : (plain: string) => plain;
  const { entries, next } = findEntries(bucket, {
    prefix: query.get("prefix") ?? "",
    delimiter: query.get("delimiter"),
    from: token === undefined ? query.get("start-after") : Buffer.from(token, "base64url").toString(),
    most: Math.min(maxKeys, Number(query.get("max-keys") ?? maxKeys)),
  });
  const listed = entries.map(({ key, rolledUp }) =>
    rolledUp ? element("CommonPrefixes", text("Prefix", name(key))) : contents(bucket, key, name),
  );
  const head = [
    text("IsTruncated", String(next !== undefined)),
    text("KeyCount", entries.length),
    ...(query.has("encoding-type") ? [text("EncodingType", "url")] : []),
    ...(next === undefined ? [] : [text("NextContinuationToken", Buffer.from(next).toString("base64url"))]),
  ];
  return { status: 200, body: document("ListBucketResult", [...head, ...listed].join("")) };
}

interface Question {
  readonly prefix: string;
  readonly delimiter: string | undefined;
  readonly from: string | undefined;
  readonly most: number;
}

/** `next`: where the following page begins, if there is one. */
function findEntries(bucket: Bucket, { prefix, delimiter, from, most }: Question) {
  const entries: { readonly key: string; readonly rolledUp: boolean }[] = [];
  for (const key of bucket.sortedKeys()) {
    if (!key.startsWith(prefix)) continue;
    const cut = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
    const entry = cut === -1 ? key : key.slice(0, cut + 1);
    const last = entries.at(-1)?.key;
    if (entry === last || (from !== undefined && compareKeys(entry, from) <= 0)) continue;
    if (entries.length === most) return { entries, next: last };
    entries.push({ key: entry, rolledUp: cut !== -1 });
  }
  return { entries, next: undefined };
}

function contents(bucket: Bucket, key: string, name: (key: string) => string): string {
  const stored = bucket.objects.get(key);
  if (!stored) return "";
  const fields = [
    text("Key", name(key)),
    isoDate(stored.lastModified),
    text("ETag", `"${stored.etag}"`),
    text("Size", stored.bytes.length),
  ];
  return element("Contents", fields.join(""));
}

function encode(key: string): string {
  return encodeURIComponent(key).replaceAll("%20", "+").replaceAll("%2F", "/");
}
