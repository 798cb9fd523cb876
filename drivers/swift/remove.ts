/** Deletes by exact names, of whatever kind. */
import * as z from "zod";
import { atOnce } from "./at-once.ts";
import { Refusal } from "./errors.ts";
import { readJson } from "./http.ts";
import { escapeName } from "./names.ts";
import { type Call, refusalOf, type Store, send, tell, withToken } from "./store.ts";

/** Swift deletes two of a request at a time, so several requests are faster than one. */
const NAMES_OF_REQUEST = 250;
const REQUESTS_AT_ONCE = 4;
const DELETES_AT_ONCE = 16;
/** The store sends a blank from time to time while it works. */
const PATIENCE_MILLISECONDS = 5 * 60_000;

/** What is gone already is fine. */
export async function removeNames(
  store: Store,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const { bulkDeletes } = store.limits;
  if (names.length < 2 || bulkDeletes < 2) {
    await atOnce(DELETES_AT_ONCE, names, (name) => removeName(store, name, signal));
    return;
  }
  const size = Math.min(bulkDeletes, NAMES_OF_REQUEST, Math.ceil(names.length / REQUESTS_AT_ONCE));
  const portions = Array.from({ length: Math.ceil(names.length / size) }, (_, index) =>
    names.slice(index * size, (index + 1) * size),
  );
  await atOnce(REQUESTS_AT_ONCE, portions, (portion) => removeTogether(store, portion, signal));
}

async function removeName(store: Store, name: string, signal: AbortSignal | undefined): Promise<void> {
  await tell(store, { method: "DELETE", name, expect: [200, 204, 404], signal });
}

const bulkAnswer = z.object({
  "Response Status": z.string(),
  "Response Body": z.string().default(""),
  Errors: z.array(z.tuple([z.string(), z.string()])).default([]),
});

/** The answer is always 200. Inside, each object has a status, and each is authorized on its own. */
async function removeTogether(store: Store, names: readonly string[], signal: AbortSignal | undefined): Promise<void> {
  const lines = names.map((name) => `/${escapeName(store.names.container)}/${escapeName(name)}\n`);
  const request: Call = {
    method: "POST",
    account: true,
    query: { "bulk-delete": "true" },
    headers: { "content-type": "text/plain", accept: "application/json" },
    body: [Buffer.from(lines.join(""))],
    patience: PATIENCE_MILLISECONDS,
    expect: [200],
    signal,
  };
  const outcome = await withToken(store, signal, async (grant) => {
    const answer = await send(store, request, grant);
    if (answer.status !== 200) return await refusalOf("bulk DELETE", answer);
    return failureIn(bulkAnswer.parse(await readJson(answer)));
  });
  if (outcome.status >= 300) throw outcome;
}

function failureIn({ "Response Status": whole, "Response Body": text, Errors: errors }: z.output<typeof bulkAnswer>) {
  const [name, status] = errors[0] ?? [text, whole];
  return new Refusal("bulk DELETE", Number.parseInt(status, 10), name);
}
