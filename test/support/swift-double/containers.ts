/** Requests to a container, and to the account. */
import { compareKeys } from "../../../drivers/keys.ts";
import type { Answer, Call } from "../s3-double/call.ts";
import type { Clock } from "./clock.ts";
import { listedDate } from "./clock.ts";
import { Container, type Containers } from "./container.ts";
import { Failure } from "./failure.ts";
import { contentOf, splitPath } from "./large.ts";
import type { Limits } from "./objects.ts";

export function onContainer(containers: Containers, name: string, call: Call, limits: Limits, clock: Clock): Answer {
  const container = containers.get(name);
  if (call.method === "PUT") {
    const settled = container ?? new Container(clock);
    containers.set(name, settled);
    Object.assign(settled.meta, metaIn(call, "x-container-meta-"));
    return { status: container ? 202 : 201 };
  }
  if (!container) throw new Failure(404);
  switch (call.method) {
    case "HEAD":
      return { status: 204, headers: container.meta };
    case "POST":
      Object.assign(container.meta, metaIn(call, "x-container-meta-"));
      return { status: 204 };
    case "GET":
      return { status: 200, body: JSON.stringify(listContainer(containers, container, call, limits)) };
    default:
      throw new Failure(405);
  }
}

export function onAccount(meta: Record<string, string>, containers: Containers, call: Call, limits: Limits): Answer {
  if (call.method === "HEAD") return { status: 204, headers: meta };
  if (call.method !== "POST") throw new Failure(405);
  if (call.query.has("bulk-delete")) return deleteTogether(containers, call, limits);
  Object.assign(meta, metaIn(call, "x-account-meta-"));
  return { status: 204 };
}

function listContainer(containers: Containers, container: Container, { query }: Call, limits: Limits): unknown[] {
  const prefix = query.get("prefix") ?? "";
  const marker = query.get("marker") ?? "";
  const limit = Math.min(Number(query.get("limit") ?? limits.listing), limits.listing);
  const entries: unknown[] = [];
  let subdir: string | undefined;
  for (const name of container.namesFrom(prefix)) {
    if (entries.length === limit) break;
    if (compareKeys(name, marker) <= 0) continue;
    const cut = query.has("delimiter") ? name.indexOf(query.get("delimiter") ?? "", prefix.length) : -1;
    const rolled = cut === -1 ? undefined : name.slice(0, cut + 1);
    if (rolled === undefined) entries.push(listedObject(containers, container, name));
    else if (rolled !== subdir && rolled !== marker) entries.push({ subdir: rolled });
    subdir = rolled;
  }
  return entries;
}

function listedObject(containers: Containers, container: Container, name: string) {
  const object = container.objects.get(name);
  if (!object) throw new Error(name);
  const { bytes, etag, timestamp, segments } = object;
  const entry = { name, bytes: bytes.length, hash: etag, last_modified: listedDate(timestamp) };
  if (!segments) return entry;
  const size = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  return { ...entry, bytes: size, slo_etag: contentOf(containers, { ...object }).etag };
}

/** `?bulk-delete`: 200 in any case; the answer is inside. */
function deleteTogether(containers: Containers, { body }: Call, { bulkDeletes }: Limits): Answer {
  const lines = body.toString().split("\n").filter(Boolean);
  let deleted = 0;
  for (const line of lines) {
    const [container, name] = splitPath(decodeURIComponent(line).slice(1));
    if (containers.get(container)?.delete(name)) deleted++;
  }
  const status = lines.length > bulkDeletes ? "413 Request Entity Too Large" : "200 OK";
  return bulkAnswer(status, [], deleted, lines.length - deleted);
}

export function bulkAnswer(status: string, errors: readonly (readonly string[])[], deleted = 0, absent = 0): Answer {
  const counts = { "Number Deleted": deleted, "Number Not Found": absent };
  return {
    status: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ "Response Status": status, "Response Body": "", ...counts, Errors: errors }),
  };
}

function metaIn({ headers }: Call, prefix: string): Record<string, string> {
  const meta = Object.entries(headers).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(meta.map(([name, value]) => [name, String(value)]));
}
